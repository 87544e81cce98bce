// Small comforts only: every page works without this file.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const faults = document.getElementById("faults");
  if (faults) faults.focus();
});
