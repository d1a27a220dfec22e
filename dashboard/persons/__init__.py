"""People behind the ids of the log: residents in care, the register of personal data, erasing."""
