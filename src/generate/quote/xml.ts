/**
 * Text for an element of XML 1.0. Undefined: XML has no way to write a character of it (2.2, Characters). A carriage
 * return would be read as a line's end (2.11), so it is written as a reference.
 */
export function xmlText(text: string): string | undefined {
  if (UNWRITABLE.test(text)) return undefined
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;')
}

const UNWRITABLE = new RegExp(
  '[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\ufffe\\uffff]|[\\ud800-\\udbff](?![\\udc00-\\udfff])',
)
