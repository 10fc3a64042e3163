"use strict";
(() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  root.classList.add("scripted");
  for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;

  // light and dark
  const theme = document.querySelector(".theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const name = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; name(); });
  system.addEventListener("change", name);
  name();

  // one panel at a time
  const which = document.getElementById("which");
  const choose = () => {
    for (const panel of document.querySelectorAll(".panel")) panel.classList.toggle("chosen", panel.id === which.value);
  };
  if (which) {
    which.addEventListener("change", choose);
    choose();
  }

  // figures of the mark that is pointed at
  const tip = document.querySelector(".tip");
  const element = (kind, text) => Object.assign(document.createElement(kind), { textContent: text });
  const tell = (id) => {
    const point = data.points[id];
    const rows = document.createElement("dl");
    for (const [heading, text] of point.figures) rows.append(element("dt", heading), element("dd", text));
    tip.replaceChildren(element("strong", id), element("span", [point.widths, point.notes].filter(Boolean).join("; ")), rows);
    tip.hidden = false;
  };
  const place = (x, y) => { // beside the mark, within the section
    const box = tip.parentElement.getBoundingClientRect();
    const left = x - box.left + (x - box.left > box.width / 2 ? -tip.offsetWidth - 14 : 14);
    const above = y - tip.offsetHeight - 14 < 0 ? 14 : -tip.offsetHeight - 14;
    tip.style.left = `${Math.max(0, Math.min(left, box.width - tip.offsetWidth))}px`;
    tip.style.top = `${y - box.top + above}px`;
  };
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest(".pareto")) tip.hidden = true; });
  for (const svg of document.querySelectorAll(".pareto")) {
    const spots = data.spots[svg.dataset.plot];
    const ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    ring.setAttribute("class", "ring");
    ring.setAttribute("r", "8");
    const nearest = (event) => {
      const box = svg.getBoundingClientRect();
      const scale = box.width / svg.viewBox.baseVal.width;
      let best = null;
      let distance = event.pointerType === "touch" ? 32 : 20;
      for (const [x, y, id] of spots) {
        const place = [box.left + x * scale, box.top + y * scale];
        const far = Math.hypot(place[0] - event.clientX, place[1] - event.clientY);
        if (far < distance) { distance = far; best = { x, y, id, place }; }
      }
      return best;
    };
    const show = (event) => {
      const found = nearest(event);
      if (!found) { hide(); return; }
      ring.setAttribute("cx", found.x);
      ring.setAttribute("cy", found.y);
      svg.append(ring);
      tell(found.id);
      place(...found.place);
    };
    const hide = () => { tip.hidden = true; ring.remove(); };
    document.addEventListener("pointerdown", (event) => { if (!svg.contains(event.target)) ring.remove(); });
    svg.addEventListener("pointermove", show);
    svg.addEventListener("pointerdown", show);
    svg.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") hide(); });
    svg.addEventListener("click", (event) => {
      const found = nearest(event);
      const option = found && which && [...which.options].find((item) => item.dataset.id === found.id);
      if (option) { which.value = option.value; choose(); }
    });
  }

  // sorting
  const table = document.querySelector(".points");
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? null : Number(cell.dataset.value);
  };
  const words = (row, column) => row.cells[column].dataset.text || row.cells[column].textContent;
  for (const [column, heading] of [...(table ? table.tHead.rows[0].cells : [])].entries()) {
    const button = element("button", heading.textContent);
    button.type = "button";
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const was = heading.getAttribute("aria-sort");
      const order = was ? (was === "ascending" ? "descending" : "ascending") : heading.dataset.first || "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const compare = heading.dataset.sort === "text"
        ? (a, b) => sign * words(a, column).localeCompare(words(b, column), "en", { numeric: true })
        : (a, b) => {
          const [one, two] = [value(a, column), value(b, column)];
          if (one === null || two === null) return (one === null) - (two === null); // what has no value stays last
          return sign * (one - two);
        };
      table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
    });
  }
})();
