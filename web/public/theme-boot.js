// Runs before the first paint, so a chosen theme never flashes. A file of its own because the page allows no inline script.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('throughline.theme');
  } catch (error) {
    console.warn('The chosen theme could not be read; the system theme is used.', error);
  }
  if (chosen === 'light' || chosen === 'dark') document.documentElement.setAttribute('data-theme', chosen);
})();
