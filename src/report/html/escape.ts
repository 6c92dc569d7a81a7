import { HELD_TOGETHER, printable } from '../layout.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const ALL_HELD_TOGETHER = new RegExp(HELD_TOGETHER, 'g');

/** Text for the content or a quoted attribute of an element: whatever it holds, it stays text, and no line ends inside a number. */
export function escapeHtml(text: string): string {
  return printable(text)
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
    .replace(ALL_HELD_TOGETHER, '\u202f');
}

/** JSON for a `<script type="application/json">`: nothing in it can end the element or open a comment. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
