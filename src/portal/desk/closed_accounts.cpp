// "The register says that I have died": an administrator looks at the papers and opens the account.
#include "parts.hpp"

namespace minben::desk {

namespace {

page::Field labelled(std::string_view name, std::string_view label, std::string_view error) {
  return {.name = std::string(name),
          .label = std::string(label),
          .hint = {},
          .error = std::string(error)};
}

Url here(const Visit& visit) { return visit.url({"desk", "closed-accounts"}); }

Frame closed_frame(const Visit& visit) {
  return frame(visit, msg::desk_closed_title(visit.language), Section::closed);
}

net::Response ask_page(const Visit& visit, std::string_view number, std::string_view error) {
  const Language language = visit.language;
  Frame made = closed_frame(visit);
  if (!error.empty()) made.errors.push_back({"national_id", std::string(error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::desk_closed_title(language), Size::l);
        page::paragraph(page, msg::desk_closed_text(language));
        page::form(page, visit, here(visit), [&](Writer& p) {
          page::text_input(
              p, labelled("national_id", msg::desk_closed_number(language), error),
              {.value = std::string(number), .width = page::Width::w20, .spellcheck = false});
          page::button(p, msg::desk_closed_find(language));
        });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_ask(const Parts&, Visit& visit) { return ask_page(visit, {}, {}); }

/// The number goes on in the form: it is not in an address.
net::Response found_page(const Visit& visit, std::string_view number, Instant closed_at,
                         std::string_view error) {
  const Language language = visit.language;
  Frame made = closed_frame(visit);
  made.back = page::Link{std::string(msg::desk_closed_another(language)), here(visit)};
  if (!error.empty()) made.errors.push_back({"reason", std::string(error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::desk_closed_title(language), Size::l);
        page::paragraph(page, msg::desk_closed_found(language, closed_at, number));
        page::paragraph(page, msg::desk_closed_before(language));
        page::form(page, visit, here(visit).below({"open"}), [&](Writer& p) {
          page::hidden(p, "national_id", number);
          page::textarea(p, language, labelled("reason", msg::desk_closed_reason(language), error),
                         {});
          page::button(p, {.text = std::string(msg::desk_closed_open(language)),
                           .style = page::ButtonStyle::warning});
        });
      },
      error.empty() ? 200 : 422);
}

Result<identity::ClosedAccount> find(const Parts& parts, const Visit& visit) {
  return parts.transact([&](store::Transaction& tx) {
    return parts.identity.closed_account(tx, visit.session(),
                                         visit.request.form.get("national_id"));
  });
}

Result<net::Response> refused(const Visit& visit, const Error& error) {
  if (error.kind == Kind::unauthorised)
    return visit.site.to_sign_in(visit, identity::Realm::officer, true);
  if (error.kind != Kind::not_found) return fail(error);
  return ask_page(visit, visit.request.form.get("national_id"),
                  msg::desk_closed_none(visit.language));
}

Result<net::Response> ask(const Parts& parts, Visit& visit) {
  const auto account = find(parts, visit);
  if (!account) return refused(visit, account.error());
  return found_page(visit, visit.request.form.get("national_id"), account->closed_at, {});
}

Result<net::Response> open(const Parts& parts, Visit& visit) {
  const auto account = find(parts, visit);
  if (!account) return refused(visit, account.error());
  const auto done = parts.transact([&](store::Transaction& tx) {
    return parts.identity.overrule_closing(tx, visit.session(), account->person,
                                           visit.request.form.get("reason"));
  });
  if (done)
    return page::redirect_with(visit, here(visit), page::Notice::success,
                               msg::desk_closed_opened(visit.language));
  if (done.error().code != "reason") return refused(visit, done.error());
  return found_page(visit, visit.request.form.get("national_id"), account->closed_at,
                    msg::desk_closed_no_reason(visit.language));
}

}  // namespace

void add_closed_accounts(Pages& pages) {
  using page::access::administrator;
  pages.get("/desk/closed-accounts", administrator, show_ask);
  pages.post("/desk/closed-accounts", administrator, ask, 4096);
  // The language switch asks for the address of a page that a form led to.
  pages.get("/desk/closed-accounts/open", administrator, show_ask);
  pages.post("/desk/closed-accounts/open", administrator, open, 16u << 10);
}

}  // namespace minben::desk
