// The editor for readers' programs: CodeMirror with what Weft adds, which are the lines that lanes are on and the place of an
// error. It knows nothing of runs; `src/app/page/editor.rs` says what to show. `scripts/editor` bundles it.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  WidgetType,
} from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";

// The classes and colours of the demos' sources.
const highlighter = tagHighlighter([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword, tags.self], class: "k" },
  { tag: [tags.string, tags.special(tags.string)], class: "s" },
  { tag: [tags.number, tags.bool, tags.null], class: "n" },
  { tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName))], class: "f" },
  { tag: [tags.className, tags.definition(tags.className)], class: "t" },
  { tag: [tags.comment, tags.lineComment], class: "c" },
]);

const look = EditorView.theme({
  "&": { fontSize: "0.875rem", backgroundColor: "transparent", color: "inherit", height: "100%" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { padding: "10px 0", caretColor: "currentColor" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "currentColor" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--soft)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 8px 0 10px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--sunken) 60%, transparent)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent)" },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent)", outline: "1px solid var(--soft)" },
  ".k": { color: "var(--keyword)" },
  ".s": { color: "var(--string)" },
  ".n": { color: "var(--number)" },
  ".f": { color: "var(--function)" },
  ".t": { color: "var(--type)" },
  ".c": { color: "var(--comment)", fontStyle: "italic" },
  ".cm-line.lit": { backgroundColor: "var(--lit)" },
  // In sight, too, if the line is long.
  ".cm-lanes": { position: "sticky", right: "8px", display: "inline-flex", gap: "6px", marginLeft: "2em", fontFamily: "var(--sans)", fontSize: "0.75rem", verticalAlign: "middle" },
  ".cm-lanes .lane": { display: "inline-flex", alignItems: "center", gap: "4px", padding: "0 6px", borderRadius: "8px", background: "var(--panel)", border: "1px solid var(--line)", color: "var(--text)" },
  ".cm-lanes .dot": { width: "8px", height: "8px", borderRadius: "50%" },
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--text)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "6px 10px", font: "inherit", fontFamily: "var(--sans)" },
  ".cm-panel.cm-search input, .cm-panel.cm-search button, .cm-panel.cm-search label": { fontSize: "0.8125rem" },
  ".cm-textfield": { backgroundColor: "var(--sunken)", color: "inherit", border: "1px solid var(--line)", borderRadius: "4px" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--sunken)", color: "inherit", border: "1px solid var(--line)", borderRadius: "4px" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--text)", border: "1px solid var(--line)" },
  ".cm-diagnostic": { fontFamily: "var(--mono)", fontSize: "0.8125rem" },
});

// Lines that lanes are on: `[{ line, lanes: [{ name, state, colour }], more }]`, by line.
const setLights = StateEffect.define();

class Lanes extends WidgetType {
  constructor(light) {
    super();
    this.light = light;
  }

  eq(other) {
    return JSON.stringify(other.light) === JSON.stringify(this.light);
  }

  toDOM() {
    const lanes = element("span", "cm-lanes");
    for (const { name, state, colour } of this.light.lanes) {
      const lane = element("span", "lane");
      lane.title = `${name} is ${state}`;
      const dot = element("span", "dot");
      dot.style.background = colour;
      lane.append(dot, name);
      lanes.append(lane);
    }
    if (this.light.more > 0) {
      const more = element("span", "lane");
      more.textContent = `+${this.light.more}`;
      lanes.append(more);
    }
    return lanes;
  }

  ignoreEvent() {
    return true;
  }
}

function element(name, classes) {
  const made = document.createElement(name);
  made.className = classes;
  return made;
}

const lights = StateField.define({
  create: () => Decoration.none,
  update(decorations, transaction) {
    // What is typed is another program: no lane is on its lines.
    if (transaction.docChanged) return Decoration.none;
    for (const effect of transaction.effects) {
      if (!effect.is(setLights)) continue;
      const { doc } = transaction.state;
      const ranges = effect.value
        .filter(({ line }) => line >= 1 && line <= doc.lines)
        .flatMap((light) => {
          const { from, to } = doc.line(light.line);
          return [
            Decoration.line({ class: "lit" }).range(from),
            Decoration.widget({ widget: new Lanes(light), side: 1 }).range(to),
          ];
        });
      decorations = Decoration.set(ranges, true);
    }
    return decorations;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * Puts an editor into an element: `{ text, cursor, label, describedBy, onChange(text), onRun() }`. Gives what the page does with it.
 */
export function create(parent, { text, cursor, label, describedBy, onChange, onRun }) {
  let quiet = false;
  const run = () => {
    onRun();
    return true;
  };
  const extensions = [
    // Before the usual keys, which would break the line.
    keymap.of([{ key: "Mod-Enter", run }]),
    lineNumbers(),
    lintGutter(),
    highlightActiveLineGutter(),
    highlightActiveLine(),
    highlightSpecialChars(),
    highlightSelectionMatches(),
    history(),
    drawSelection(),
    dropCursor(),
    indentOnInput(),
    indentUnit.of("    "),
    EditorState.tabSize.of(4),
    bracketMatching(),
    closeBrackets(),
    search({ top: true }),
    pythonLanguage,
    syntaxHighlighting(highlighter),
    look,
    lights,
    // Escape, then Tab leads out: CodeMirror sees to that.
    keymap.of([indentWithTab, ...closeBracketsKeymap, ...searchKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
    EditorView.contentAttributes.of({
      "aria-label": label,
      "aria-describedby": describedBy,
      autocapitalize: "off",
      // It has the focus anyway; but that is how others know.
      tabindex: "0",
      spellcheck: "false",
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && !quiet) onChange(update.state.doc.toString());
    }),
  ];
  const view = new EditorView({ parent, doc: text, selection: { anchor: Math.min(cursor ?? 0, text.length) }, extensions });
  const place = (line, column) => {
    const { doc } = view.state;
    const { from, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    // Python counts characters, and JavaScript their halves too.
    return from + [...text].slice(0, column).join("").length;
  };
  return {
    /** Shows another program. Undo brings the one before it back. */
    setText(text) {
      if (text === view.state.doc.toString()) return;
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
      quiet = false;
    },
    /** Lights lines: a JSON text. */
    setLights(text) {
      view.dispatch({ effects: setLights.of(JSON.parse(text)) });
    },
    /** Marks an error at a line and columns, from 0; the whole line without columns. */
    setProblem(message, line, from, to) {
      const whole = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      const indent = /^\s*/.exec(whole.text)[0].length;
      const start = from === undefined ? whole.from + indent : place(line, from);
      const end = to === undefined ? whole.to : place(line, to);
      const problem = { from: Math.min(start, end), to: Math.max(start, end), severity: "error", message };
      view.dispatch(setDiagnostics(view.state, [problem]));
    },
    /** Takes the mark of an error away. */
    clearProblem() {
      view.dispatch(setDiagnostics(view.state, []));
    },
    /** Scrolls to a line, without taking the focus. */
    reveal(line) {
      view.dispatch({ effects: EditorView.scrollIntoView(place(line, 0), { y: "nearest", yMargin: 40 }) });
    },
    /** Puts the cursor at the beginning of a line, and the focus into the editor. */
    goTo(line) {
      const at = place(line, 0);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      view.focus();
    },
    focus() {
      view.focus();
    },
    destroy() {
      view.destroy();
    },
  };
}
