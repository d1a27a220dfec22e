/* The first button. It shows what is known: sent, refused, not certain, or no answer; the row changes only when the fold says so. */
(() => {
  const SW = (window.SW = window.SW || {});
  const ANSWER_MS = 10000;
  const pending = new Map();

  SW.acknowledgeButton = (shown) => {
    const { row, parts, element } = shown;
    if (!row.acknowledge || !SW.page.acts) {
      if (shown.button) shown.button.remove();
      shown.button = null;
      note(element, "");
      pending.delete(row.key);
      return;
    }
    if (!shown.button) {
      shown.button = SW.make("button", "press");
      shown.button.type = "button";
      shown.button.addEventListener("click", () => press(shown));
      parts.who.append(shown.button);
    }
    const waits = pending.get(row.key) === row.occurrence;
    shown.button.disabled = waits;
    SW.text(shown.button, SW.say(waits ? "acknowledging" : "acknowledge"));
  };

  const note = (element, words) => {
    let line = element.querySelector(".press-note");
    if (!words) return line && line.remove();
    if (!line) element.append((line = SW.make("div", "press-note")));
    SW.text(line, words);
  };

  const settle = (shown, words) => {
    pending.delete(shown.row.key);
    if (shown.row.acknowledge) note(shown.element, words);
    SW.acknowledgeButton(shown);
  };

  const press = async (shown) => {
    const { key, occurrence } = shown.row;
    pending.set(key, occurrence);
    note(shown.element, "");
    SW.acknowledgeButton(shown);
    const body = { type: "alarm.acknowledge", community: SW.page.community, alarm: key, occurrence };
    try {
      const answer = await fetch("/api/v1/commands", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (!answer.ok) {
        const said = await answer.json();
        return settle(shown, SW.say(said.recorded === "unknown" ? "ack_unsure" : "ack_failed"));
      }
    } catch {
      return settle(shown, SW.say("ack_unsure")); // the answer is what was lost, not surely the press
    }
    setTimeout(() => {
      if (pending.get(key) === occurrence) settle(shown, SW.say("ack_silent"));
    }, ANSWER_MS);
  };
})();
