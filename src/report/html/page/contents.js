import { element } from './dom.js';

/** Puts sections that stand at the end of the file to where they are read. */
export function placeSections() {
  for (const section of document.querySelectorAll('[data-place]')) {
    document.getElementById(`place-${section.getAttribute('data-place')}`)?.replaceWith(section);
  }
}

/** Links to the sections. They leave the address alone: it names the conversation and the filters. */
export function showContents() {
  const contents = document.getElementById('contents');
  const sections = [...document.querySelectorAll('main > section')];
  if (contents) {
    const links = sections.map((one) =>
      element('a', { href: `#${one.id}` }, one.querySelector('h2')?.textContent ?? ''),
    );
    contents.replaceChildren(...links);
    contents.hidden = sections.length < 2;
  }
  for (const link of document.querySelectorAll('#contents a, a.skip')) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      goTo(link.getAttribute('href')?.slice(1) ?? '');
    });
  }
}

/** @param {string} id of a section */
export function goTo(id) {
  const section = document.getElementById(id);
  section?.scrollIntoView({ block: 'start' });
  section?.querySelector('h2')?.focus({ preventScroll: true });
}
