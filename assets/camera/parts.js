/* What comes over /api/v1/video (dashboard/video.py), part by part, wherever the network has cut it. */
(() => {
  const SW = (window.SW = window.SW || {});
  const latin = new TextDecoder("latin1");

  const headEnd = (bytes, from) => {
    for (let at = from; at + 3 < bytes.length; at++) if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
    return -1;
  };

  const headersOf = (text) => Object.fromEntries(text.split("\r\n").filter((line) => line.includes(": ")).map((line) => {
    const at = line.indexOf(": ");
    return [line.slice(0, at).toLowerCase(), line.slice(at + 2)];
  }));

  /** A function of one chunk after the other: the parts that are whole now, each `{head, body}`. */
  SW.makeParts = () => {
    let rest = new Uint8Array(0);
    return (chunk) => {
      const all = new Uint8Array(rest.length + chunk.length), found = [];
      all.set(rest);
      all.set(chunk, rest.length);
      let at = 0;
      for (let end; (end = headEnd(all, at)) >= 0; ) {
        const head = headersOf(latin.decode(all.subarray(at, end))), until = end + 4 + Number(head["content-length"]);
        if (!(until <= all.length)) break;
        found.push({ head, body: all.slice(end + 4, until) });
        at = until;
      }
      rest = all.slice(at);
      return found;
    };
  };
})();
