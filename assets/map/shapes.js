/* Silhouettes on a 40-unit grid: the outline says the system (octagon, triangle, diamond and disc mean priority). One list
   of corners gives both the texture of what is as it should be and the shape of what is not. */
(() => {
  const SW = (window.SW = window.SW || {});
  const arc = (cx, cy, r, from, to, steps) =>
    Array.from({ length: steps + 1 }, (_, i) => {
      const a = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
      return [cx + r * Math.cos(a), cy + r * Math.sin(a)];
    });

  const CORNERS = {
    arrow: [[14, 3], [26, 3], [26, 19], [36, 19], [20, 37], [4, 19], [14, 19]],
    fan: [[4, 20], ...arc(4, 20, 34, -34, 34, 8)],
    square: [[6, 6], [34, 6], [34, 34], [6, 34]],
    hexagon: [[11, 5], [29, 5], [38, 20], [29, 35], [11, 35], [2, 20]],
    capsule: [...arc(11, 20, 9, 90, 270, 8), ...arc(29, 20, 9, -90, 90, 8)],
    box: [[11, 2], [29, 2], [29, 38], [11, 38]],
    cross: [[14, 4], [26, 4], [26, 14], [36, 14], [36, 26], [26, 26], [26, 36], [14, 36], [14, 26], [4, 26], [4, 14], [14, 14]],
    house: [[20, 3], [37, 18], [32, 18], [32, 37], [8, 37], [8, 18], [3, 18]],
    drop: [[20, 2], ...arc(20, 25, 12, -38, 218, 14)],
    bin: [[3, 6], [37, 6], [29, 36], [11, 36]],
    horn: [[3, 14], [14, 14], [35, 3], [35, 37], [14, 26], [3, 26]],
    dogear: [[8, 3], [24, 3], [34, 13], [34, 37], [8, 37]],
    flame: [[20, 2], [30, 14], [34, 26], [27, 37], [13, 37], [6, 26], [11, 16], [15, 20]],
    bolt: [[24, 2], [8, 23], [18, 23], [14, 38], [33, 16], [22, 16]],
    flag: [[9, 2], [35, 11], [14, 21], [14, 38], [9, 38]],
    ring: [...arc(20, 20, 17, 0, 360, 20), ...arc(20, 20, 7, 360, 0, 12)],
  };

  SW.outline = (shape) => CORNERS[shape] || CORNERS.ring;
})();
