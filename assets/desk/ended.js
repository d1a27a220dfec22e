/* Alarms that ended long ago: a page of them from history, by the words of the search field, levels, system, and two times. */
(() => {
  const SW = (window.SW = window.SW || {});
  let found = null, asked = 0;

  SW.endedShown = () => found !== null;
  SW.endedRows = () => (found ? found.rows : []);

  const time = (word) => {
    const field = SW.make("input");
    field.type = "datetime-local";
    return { field, label: SW.make("label", "", SW.say(word), field) };
  };

  SW.searchEnded = (skip = 0) => { ask(skip); };
  let from = null, to = null, line = null, older = null, newer = null, newest = null;

  const ask = async (skip) => {
    const mine = ++asked;
    const words = Object.fromEntries(Object.entries({ ...SW.asked(), from: from.field.value, to: to.field.value }).filter(([, said]) => said));
    try {
      const answer = await fetch(`/api/v1/desk/ended?${SW.query({ ...words, skip })}`, { signal: AbortSignal.timeout(15000) });
      if (answer.status === 401) return SW.signedOut();
      const said = await answer.json();
      if (mine !== asked) return;
      if (!answer.ok) return SW.text(line, said.error);
      found = { ...said, rows: said.rows.map((r) => ({ ...r, past: true, over: true })) };
      [from.field.value, to.field.value] = [said.from, said.to];
      show();
    } catch {
      if (mine === asked) SW.text(line, SW.say("search_away"));
    }
  };

  const show = () => {
    const rows = SW.endedRows();
    SW.text(line, rows.length ? SW.say("ended_found", found.total, found.skip + 1, found.skip + rows.length) : "");
    newer.hidden = !found || !found.skip;
    older.hidden = !found || found.skip + rows.length >= found.total;
    newest.hidden = !found;
    SW.at("desk-rows").scrollTop = 0;
    SW.paintRows();
  };

  SW.startEnded = () => {
    [from, to] = [time("ended_from"), time("ended_to")];
    line = SW.make("span", "found");
    line.setAttribute("role", "status");
    newer = SW.button(SW.say("ended_newer"), "", () => ask(found.skip - found.page));
    older = SW.button(SW.say("ended_older"), "", () => ask(found.skip + found.page));
    newest = SW.button(SW.say("ended_newest"), "", () => { found = null; asked++; show(); });
    const search = SW.make("button", "", SW.say("ended_search"));
    const form = SW.at("desk-ended");
    form.append(from.label, to.label, search, line, newer, older, newest);
    for (const b of [newer, older, newest]) b.hidden = true;
    form.addEventListener("submit", (event) => { event.preventDefault(); ask(0); });
  };
})();
