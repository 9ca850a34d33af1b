/* Apply the remembered theme before the first paint; a classic script because modules run after it. */
try {
  const remembered = localStorage.getItem("lplate.theme");
  if (remembered) document.documentElement.dataset.theme = remembered;
} catch {
  // Storage is forbidden here: the system's theme it is.
}
