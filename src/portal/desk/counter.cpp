// What people bring to the counter: the barcode is scanned, the person tells the code, the clerk
// gets the file.
#include "messages/data_requests.hpp"
#include "mydata/requests.hpp"
#include "parts.hpp"

namespace minben::desk {

namespace {

page::Field labelled(std::string_view name, std::string_view label) {
  return {.name = std::string(name), .label = std::string(label), .hint = {}, .error = {}};
}

Result<net::Response> show_counter(const Parts&, Visit& visit) {
  const Language language = visit.language;
  return html_page(visit, frame(visit, msg::counter_nav(language)), [&](Writer& page) {
    page::heading(page, 1, msg::counter_nav(language), Size::l);
    page::paragraph(page, msg::counter_text(language));
    page::form(page, visit, visit.url({"desk", "counter"}), [&](Writer& p) {
      page::text_input(p, labelled("barcode", msg::counter_barcode(language)),
                       {.inputmode = "numeric", .width = page::Width::w20, .spellcheck = false});
      page::button(p, msg::counter_scan(language));
    });
  });
}

Result<net::Response> scan(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id,
             parts.data_requests->scan(visit.officer().agency, visit.request.form.get("barcode")));
  return page::redirect(visit.url({"desk", "counter", to_string(id)}));
}

Result<net::Response> ask_code(const Parts&, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<mydata::DataRequestId>("request"));
  return html_page(visit, frame(visit, msg::counter_nav(language)), [&](Writer& page) {
    page::heading(page, 1, msg::counter_nav(language), Size::l);
    page::form(page, visit, visit.url({"desk", "counter", to_string(id)}), [&](Writer& p) {
      page::text_input(p, labelled("code", msg::counter_code(language)),
                       {.inputmode = "numeric", .width = page::Width::w10, .spellcheck = false});
      page::button(p, msg::counter_take(language));
    });
  });
}

Result<net::Response> take(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<mydata::DataRequestId>("request"));
  const identity::Officer& officer = visit.officer();
  auto file = parts.data_requests->hand_over(
      officer.agency, id, visit.request.form.get("code"),
      officer.roles.empty() ? identity::role::caseworker : officer.roles.front());
  if (!file && file.error().kind == Kind::unauthorised) {
    // Not a question of who the officer is: a form to try again with, not a sign-in page.
    return page::error_page(visit, fail(Kind::invalid, file.error().code).error());
  }
  if (!file) return std::unexpected(file.error());
  return page::download(std::move(file->zip), "application/zip", file->name);
}

}  // namespace

void add_counter(Pages& pages) {
  using page::access::officer;
  pages.get("/desk/counter", officer, show_counter);
  pages.post("/desk/counter", officer, scan);
  pages.get("/desk/counter/{request}", officer, ask_code);
  pages.post("/desk/counter/{request}", officer, take);
}

}  // namespace minben::desk
