// SPDX-License-Identifier: MIT
// Light and dark: as the system has it, unless somebody chose.

const ORDER = { auto: 'light', light: 'dark', dark: 'auto' }
const SCHEMES = { auto: 'as the system', light: 'light', dark: 'dark' }

export function theme (button) {
  const set = value => {
    document.documentElement.dataset.theme = value
    button.textContent = { auto: '◐', light: '☀', dark: '☾' }[value]
    button.setAttribute('aria-label', `Colours: ${SCHEMES[value]}`)
    button.title = `Colours: ${SCHEMES[value]} (d)`
  }
  const next = () => set(ORDER[document.documentElement.dataset.theme] ?? 'auto')
  button.addEventListener('click', next)
  set('auto')
  return next
}
