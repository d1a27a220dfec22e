/* What is done to an alarm. A press is shown as sent, then as what the log made of it; the row changes by the fold alone. */
(() => {
  const SW = (window.SW = window.SW || {});
  const button = SW.button, held = SW.held; // assets/bar/command.js
  const VERDICTS = ["true", "benign", "mistake", "false_rule", "false_data", "test", "undetermined"];
  const REASONS = ["repair", "chattering", "works", "known"];
  const WORD_MS = 10000;
  let waitsTill = 0, follow = [];
  const LENGTHS = [["minutes_30", 30], ["hours_1", 60], ["hours_4", 240], ["hours_8", 480]];

  SW.said = (words, bad = false) => {
    const line = SW.at("desk-said");
    SW.text(line, words);
    line.classList.toggle("bad", bad);
  };

  /** Sends one command about the chosen alarm; true when the log has it. */
  SW.send = async (command, button, of = SW.alarm()) => {
    if (!of) return false;
    const body = { community: SW.page.community, alarm: of.key, occurrence: of.occurrence || "", ...command };
    if (button) button.disabled = true;
    SW.said(SW.say("sending"));
    const told = await SW.order(body, of);
    if (button) button.disabled = false;
    if (told.out) return SW.signedOut();
    SW.said(told.words, !told.sent);
    if (!told.sent) return false;
    waitsTill = SW.heard() + WORD_MS;
    // the fold's word comes with the stream; the journal's line a moment later
    follow.forEach(clearTimeout);
    follow = [setTimeout(SW.refresh, 300), ...[300, 2500, 4500].map((wait) => setTimeout(SW.loadAlarm, wait))];
    return true;
  };

  /** A refusal changes no row: while one may be on its way, every delta is a reason to ask. By the community's clock,
      which stands still while nobody folds. */
  SW.awaitsWord = () => SW.heard() < waitsTill;
  SW.showRefused = (list) => {
    for (const { words, of } of SW.refusedOf(list)) {
      const other = of.key === SW.selected ? "" : ` · ${of.title} ${of.place || ""}`;
      SW.said(SW.say("not_done", words) + other, true);
    }
  };

  SW.showActs = (alarm) => {
    const box = SW.at("desk-acts");
    if (!alarm) return box.replaceChildren();
    if (alarm.past) return box.replaceChildren(); // its verdict is history's: whoever corrects it does so in a report
    if (alarm.over) return box.replaceChildren(button(SW.say("judge"), "C", () => SW.act("close"), "wide"));
    const may = alarm.may || {};
    const mine = alarm.owner_person && alarm.owner_person === SW.page.person;
    const main = alarm.acknowledge
      ? button(SW.say("take"), "A", (b) => SW.act("take", b), "go")
      : button(SW.say(mine ? "taken" : alarm.owner ? "take_over" : "take"), mine ? "" : "A", mine ? null : (b) => SW.act("take", b), mine ? "go off" : "go");
    if (alarm.early) return box.replaceChildren(main); // what else may be done comes with the answer
    const off = (name, label, key) => {
      const why = may[name];
      const b = button(SW.say(label), key, why ? () => SW.said(SW.say(why), true) : (pressed) => SW.act(name, pressed), why ? "off" : "");
      if (why) b.setAttribute("aria-disabled", "true");
      return b;
    };
    const others = [off("assign", "assign", "D"), button(SW.say("on_scene"), "", (b) => SW.act("on_scene", b), mine ? "" : "off")];
    others.push(alarm.state === "shelved" ? off("unshelve", "unshelve", "S") : off("shelve", "shelve", "S"), off("close", "close", "C"));
    const group = SW.groupOf(alarm.key);
    const more = [];
    if (alarm.acknowledge) more.push(button(SW.say("acknowledge"), "", (b) => SW.act("acknowledge", b)));
    if (SW.maySettle(alarm)) more.push(button(SW.say("shelve_30"), "", (b) => SW.shelveChattering(alarm, b)));
    if (group.length > 1) more.push(button(SW.say("acknowledge_group", group.length), "", (b) => SW.act("group", b)));
    const why = [...new Set(["shelve", "close"].map((name) => may[name]).filter(Boolean))].map((w) => SW.say(w)).join("");
    if (alarm.operate) {
      const link = SW.make("a", "operate-link", SW.say("operate_it"));
      link.href = `/operate?${SW.query({ tab: alarm.operate, device: alarm.device })}`;
      more.push(link);
    }
    if (alarm.person) {
      const link = SW.make("a", "operate-link", SW.say("call_visit"));
      link.href = `/care/${encodeURIComponent(alarm.person)}?${SW.query({})}`;
      more.push(link);
    }
    box.replaceChildren(main, SW.make("div", "pair", ...others, ...more), SW.make("p", "why", why));
  };

  /** What chatters may be put aside by one press: the reason is known. */
  SW.maySettle = (r) => Boolean(r.chattering) && r.badge !== "none" && !r.over && (SW.desk().shelves || []).includes(r.p);
  SW.shelveChattering = (r, b) => r && SW.send({ type: "alarm.shelve", reason: SW.say("shelve_chattering"), until_ms: untilMs(30) }, b, r);
  const untilMs = (minutes) => Math.round(SW.now() + minutes * 60000) - 1000;

  SW.act = async (name, b) => {
    const alarm = SW.alarm();
    if (!alarm) return;
    const why = alarm.may && alarm.may[name];
    if (why) return SW.said(SW.say(why), true);
    if (name === "take") return SW.send({ type: "alarm.take", instead_of: alarm.owner || "" }, b);
    if (name === "on_scene") return SW.send({ type: "alarm.take", work: "on_scene", instead_of: alarm.owner || "" }, b);
    if (name === "acknowledge") return SW.send({ type: "alarm.acknowledge" }, b);
    if (name === "unshelve") return SW.send({ type: "alarm.unshelve" }, b);
    if (name === "group") {
      for (const one of SW.groupOf(alarm.key)) if (!(await SW.send({ type: "alarm.acknowledge" }, b, one))) return;
      return;
    }
    if (!alarm.early) FORMS[name](alarm);
  };

  /* ---- forms: every reason is a button, words are optional */
  const form = (title, ...content) => {
    const leave = button(SW.say("cancel"), "Esc", SW.closeForm, "plain");
    SW.at("desk-form").replaceChildren(SW.make("div", "form", SW.make("h4", "", title), ...content, leave));
    const first = SW.at("desk-form").querySelector("button");
    if (first) first.focus();
  };
  SW.closeForm = () => SW.at("desk-form").replaceChildren();
  SW.formOpen = () => SW.at("desk-form").childElementCount > 0;

  const words = () => {
    const field = SW.make("input", "words");
    Object.assign(field, { type: "text", maxLength: 300, placeholder: SW.say("more_words") });
    field.setAttribute("aria-label", SW.say("more_words"));
    return field;
  };
  const done = async (command, b) => {
    if (await SW.send(command, b)) SW.closeForm();
  };

  const FORMS = {
    assign: (alarm) => {
      const posts = (SW.desk().posts || []).filter((p) => p.id !== alarm.owner);
      form(SW.say("assign_to"), SW.make("div", "choices", ...posts.map((p) =>
        button(p.name + (p.on_duty ? "" : ` · ${SW.say("off_duty")}`), "", (b) => done({ type: "alarm.assign", to: p.id, instead_of: alarm.owner || "" }, b), p.on_duty ? "" : "quiet"))));
    },
    close: (alarm) => {
      const field = words();
      const give = (verdict) => (b) => done({ type: "alarm.close", verdict, reason: field.value.trim() }, b);
      const choice = (verdict) => {
        const label = SW.say(`verdict_${verdict}`);
        return alarm.p === 1 && !alarm.over ? held(button(label), give(verdict)) : button(label, "", give(verdict));
      };
      form(SW.say("close_why"), SW.make("div", "choices", ...VERDICTS.map(choice)), field);
    },
    shelve: (alarm) => {
      const field = words();
      let reason = "", minutes = 0;
      const most = alarm.p === 2 ? 60 : 480;
      const pick = (group, b) => {
        for (const other of group.children) other.classList.toggle("on", other === b);
        if (reason && minutes) done({ type: "alarm.shelve", reason: [reason, field.value.trim()].filter(Boolean).join(" · "), until_ms: untilMs(minutes) }, b);
      };
      const why = SW.make("div", "choices"), long = SW.make("div", "choices");
      why.append(...REASONS.map((r) => button(SW.say(`shelve_${r}`), "", (b) => { reason = SW.say(`shelve_${r}`); pick(why, b); })));
      long.append(...LENGTHS.filter(([, m]) => m <= most).map(([l, m]) => button(SW.say(l), "", (b) => { minutes = m; pick(long, b); })));
      form(SW.say("shelve_why"), field, why, SW.make("h4", "", SW.say("shelve_until")), long);
    },
  };

  SW.startActs = () => {
    const field = SW.make("textarea");
    Object.assign(field, { maxLength: 500, placeholder: SW.say("comment"), id: "desk-comment" });
    field.setAttribute("aria-label", SW.say("comment"));
    const send = button(SW.say("send"), "", async (b) => {
      if (field.value.trim() && (await SW.send({ type: "alarm.comment", text: field.value.trim() }, b))) field.value = "";
    });
    SW.at("desk-note").append(field, send);
  };
})();
