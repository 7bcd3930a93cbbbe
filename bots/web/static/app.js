// What htmx does not do: draw charts, sort tables, copy, and send on Enter. No inline code anywhere.
(() => {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  // The specification's colours on a dark page; each keeps its meaning and gains contrast.
  const DARK = {
    "#1F2933": "#E7EBEF", "#5B6470": "#A7B1BC", "#E6E9ED": "#2D3741", "#AAB2BD": "#55616D",
    "#0072B2": "#2E8BE6", "#332288": "#9388E0", "#882255": "#D0709B", "#6B4C1E": "#C29A5E", "#B7C9D9": "#5B7186",
  };
  const MARGIN = 24;

  function recolour(text) {
    return Object.entries(DARK).reduce((t, [from, to]) => t.replaceAll(from, to), text)
      .replaceAll('"fill":"white"', '"fill":"#1A2128"');
  }

  function specOf(box) {
    const text = box.nextElementSibling.textContent;
    const spec = JSON.parse(dark.matches ? recolour(JSON.stringify(JSON.parse(text))) : text);
    spec.background = "transparent";
    spec.config.padding = 4;
    const room = box.clientWidth - MARGIN;
    if (typeof spec.width === "number" && (spec.width > 400 || spec.width > room)) {
      spec.width = Math.max(room, 220);
      spec.autosize = { type: "fit-x", contains: "padding" };
    }
    if (room < 480 && spec.config.axis) spec.config.axis.labelLimit = Math.round(room * 0.32);
    if (room < 480 && spec.config.legend) spec.config.legend.columns = 2;
    return spec;
  }

  async function draw(box) {
    box.removeAttribute("data-chart");
    box.setAttribute("data-drawn", "");
    const options = {
      mode: "vega-lite", actions: false, renderer: "svg", logLevel: vega.Error, defaultStyle: false, ast: true,
      expr: vega.expressionInterpreter, tooltip: { disableDefaultStyle: true },
      loader: { load: () => Promise.reject(new Error("no outside data")) },
    };
    try {
      await vegaEmbed(box, specOf(box), options);
      box.setAttribute("data-state", "drawn");
    } catch (error) {
      // The table below says the same; a chart that fails must not hide it.
      box.setAttribute("data-state", "failed");
      console.error(error);
    }
  }

  function settle(root) {
    root.querySelectorAll("[data-chart]").forEach(draw);
    root.querySelectorAll("[aria-busy]").forEach((box) => {
      if (!box.querySelector(".progress")) box.removeAttribute("aria-busy");
    });
  }

  function announce(text) {
    const box = document.getElementById("announce");
    if (box) box.textContent = text;
  }

  function sort(button) {
    const head = button.closest("th");
    const table = head.closest("table");
    const at = [...head.parentNode.children].indexOf(head);
    const isNumber = head.classList.contains("number");
    // Numbers begin with the largest, words with the first of the alphabet; then it turns.
    const now = head.getAttribute("aria-sort");
    const up = now ? now === "descending" : !isNumber;
    const value = (row) => row.children[at].dataset.v;
    const rows = [...table.tBodies[0].rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === "" || y === "") return (x === "") - (y === ""); // blanks stay at the end
      const order = isNumber ? Number(x) - Number(y) : x.localeCompare(y, document.documentElement.lang);
      return up ? order : -order;
    });
    table.querySelectorAll("th").forEach((th) => th.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    table.tBodies[0].append(...rows);
  }

  async function copy(button) {
    await navigator.clipboard.writeText(button.nextElementSibling.textContent);
    announce(document.body.dataset.copied);
    button.textContent = document.body.dataset.copied;
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button");
    if (!target) return;
    if (target.closest("[data-sortable] th")) sort(target);
    if (target.hasAttribute("data-copy")) copy(target);
  });

  document.addEventListener("keydown", (event) => {
    const isSend = event.key === "Enter" && !event.shiftKey && !event.isComposing; // composing: choosing Chinese characters
    if (isSend && event.target.matches("[data-enter]")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form.submit();
  });

  // A form that was sent: clear the box, and show where the answer will appear.
  document.addEventListener("htmx:after:request", (event) => {
    const form = event.target.closest && event.target.closest("[data-composer]");
    if (form) form.querySelector("textarea").value = "";
  });

  document.addEventListener("htmx:error", () => announce(document.body.dataset.offline));

  const watcher = new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        if (node.matches(".turn")) node.scrollIntoView({ block: "start", behavior: "smooth" });
        const headline = node.matches("[data-answer]") ? node.querySelector(".headline") : null;
        if (headline) announce(headline.textContent);
      }
    }
    settle(document);
  });

  document.addEventListener("DOMContentLoaded", () => {
    watcher.observe(document.getElementById("main"), { childList: true, subtree: true });
    settle(document);
    const last = document.querySelector("#thread > .turn:last-child");
    if (last) last.scrollIntoView({ block: "start" });
  });

  dark.addEventListener("change", () => {
    document.querySelectorAll("[data-drawn]").forEach(draw);
  });
})();
