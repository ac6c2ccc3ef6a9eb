/** Templates are bundled as they are parsed (scripts/templates.mjs): the package needs no file beside it. */
declare module '*.mustache' {
  const template: string
  export default template
}
