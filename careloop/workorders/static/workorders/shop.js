/* A chosen slot fills the appointment; the field stays for other times. */
document.addEventListener("change", (event) => {
  const slot = event.target.closest("[data-slot]");
  if (!slot) return;
  const field = document.getElementById("id_booked_for");
  if (field) field.value = slot.value;
});
