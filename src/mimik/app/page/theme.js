// Before the first paint, so that the chosen look doesn't flash.
try {
  var look = localStorage.getItem("mimik.theme");
  if (look === "light" || look === "dark") document.documentElement.dataset.theme = look;
} catch (blocked) {
  // No storage: the system's look stays.
}
