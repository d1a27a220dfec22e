"""What the words mean. Pure: no Kafka, Redis, SQL, Dash, clock or file; time comes in with the record."""
