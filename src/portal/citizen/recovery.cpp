// "I have lost my passkeys": what a person signed in with a code can do about it.
#include "account_pages.hpp"
#include "messages/account.hpp"

namespace minben::citizen {

namespace {

using identity::Enrolling;
using identity::Recovery;

bool is_open(const Visit& visit, const Recovery& recovery) {
  return visit.site.now() >= recovery.opens_at;
}

void stop_form(Writer& page, const Visit& visit) {
  page::form(page, visit, visit.url({"account", "recovery", "stop"}), [&](Writer& p) {
    page::button(p, {.text = std::string(msg::recovery_stop(visit.language)),
                     .style = page::ButtonStyle::secondary});
  });
}

void state_of(Writer& page, const Visit& visit, const Recovery& recovery) {
  const Language language = visit.language;
  if (!is_open(visit, recovery)) {
    page::paragraph(page,
                    msg::recovery_waiting_text(language, recovery.closes_at, recovery.opens_at));
    return stop_form(page, visit);
  }
  page::paragraph(page, msg::recovery_open_text(language, recovery.closes_at));
  page::link_button(page, msg::enrol_make(language), visit.url({"account", "passkey"}));
  stop_form(page, visit);
}

std::string_view state_title(const Visit& visit, const Recovery& recovery) {
  return is_open(visit, recovery) ? msg::recovery_open(visit.language)
                                  : msg::recovery_waiting(visit.language);
}

void explanation(Writer& page, const Visit& visit) {
  const Language language = visit.language;
  page::paragraph(page, msg::recovery_look(language));
  page::paragraph(page, msg::recovery_how(language));
  page << "<ol class=\"govuk-list govuk-list--number\"><li>" << msg::recovery_how_notice(language)
       << "</li><li>" << msg::recovery_how_stop(language) << "</li><li>"
       << msg::recovery_how_enrol(language) << "</li></ol>";
  page::form(page, visit, visit.url({"account", "recovery"}),
             [&](Writer& p) { page::button(p, msg::recovery_start(language)); });
}

net::Response recovery_page(const Visit& visit, Content content,
                            std::span<const page::ErrorLine> errors = {}) {
  const Language language = visit.language;
  Frame made = account_frame(visit, msg::recovery_title(language));
  made.errors.assign(errors.begin(), errors.end());
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::recovery_title(language), Size::l);
        content(page);
      },
      errors.empty() ? 200 : 429);
}

Result<net::Response> show_recovery(const Parts& parts, Visit& visit) {
  const auto& recovery = visit.session().recovery;
  if (recovery)
    return recovery_page(visit, [&](Writer& page) {
      page::heading(page, 2, state_title(visit, *recovery));
      state_of(page, visit, *recovery);
    });
  MINBEN_TRY(may, parts.transact([&](store::Transaction& tx) {
    return parts.identity.enrolling(tx, visit.session());
  }));
  if (may == Enrolling::refused)
    return recovery_page(visit, [&](Writer& page) { explanation(page, visit); });
  if (visit.session().assurance < identity::Assurance::substantial)
    return page::redirect(visit.url({"account", "passkey"}));
  return recovery_page(visit, [&](Writer& page) {
    page::paragraph(page, msg::recovery_not_needed(visit.language));
    page::link_button(page, msg::nav_account(visit.language), visit.url({"account"}),
                      page::ButtonStyle::secondary);
  });
}

Result<net::Response> start_recovery(const Parts& parts, Visit& visit) {
  const auto begun = parts.transact(
      [&](store::Transaction& tx) { return parts.identity.start_recovery(tx, visit.session()); });
  if (begun)
    return page::redirect_with(visit, visit.url({"account", "recovery"}), page::Notice::success,
                               msg::recovery_started(visit.language));
  if (begun.error().kind == Kind::conflict) return page::redirect(visit.url({"account"}));
  if (begun.error().kind != Kind::too_many) return fail(begun.error());
  const page::ErrorLine error[] = {{{}, std::string(msg::recovery_too_many(visit.language))}};
  return recovery_page(visit, [&](Writer& page) { explanation(page, visit); }, error);
}

Result<net::Response> stop_recovery(const Parts& parts, Visit& visit) {
  MINBEN_CHECK(parts.transact(
      [&](store::Transaction& tx) { return parts.identity.stop_recovery(tx, visit.session()); }));
  return page::redirect_with(visit, visit.url({"account"}), page::Notice::success,
                             msg::recovery_stopped(visit.language));
}

}  // namespace

void recovery_part(Writer& page, const Visit& visit) {
  const auto& recovery = visit.session().recovery;
  // Whoever is signed in with a passkey has it above every page already.
  if (!recovery || visit.session().assurance >= identity::Assurance::substantial) return;
  page::inset_text(page, [&](Writer& p) {
    page::heading(p, 2, state_title(visit, *recovery));
    state_of(p, visit, *recovery);
  });
}

void add_recovery(Pages& pages) {
  using page::access::signed_in;
  pages.get("/account/recovery", signed_in, show_recovery);
  pages.post("/account/recovery", signed_in, start_recovery, 4096);
  pages.post("/account/recovery/stop", signed_in, stop_recovery, 4096);
}

}  // namespace minben::citizen
