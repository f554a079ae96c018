#include "parts.hpp"

#include "ledger/witnessing.hpp"

namespace minben::citizen {

Parts::Parts(const Dependencies& dependencies)
    : Dependencies(dependencies), streams(dependencies.database) {}

namespace {

net::Response refused(Visit& visit, const Error& error) {
  const bool asks_for_more = error.kind == Kind::unauthorised;
  if (asks_for_more)
    return visit.site.to_sign_in(visit, identity::Realm::person, visit.signed_in());
  return page::error_page(visit, error);
}

}  // namespace

Frame frame(const Visit& visit, std::string_view title, Section section) {
  const Language language = visit.language;
  Frame made{.title = std::string(title)};
  const auto add = [&](std::string_view text, const Url& url, Section own) {
    made.navigation.push_back({std::string(text), url, own == section});
  };
  add(msg::nav_services(language), visit.url({}), Section::services);
  add(msg::nav_data(language), visit.url({"datasets"}), Section::none);
  add(msg::nav_cases(language), visit.url({"cases"}), Section::cases);
  add(msg::nav_usage(language), visit.url({"usage"}), Section::usage);
  add(msg::nav_consents(language), visit.url({"consents"}), Section::consents);
  if (visit.signed_in()) add(msg::nav_account(language), visit.url({"account"}), Section::account);
  return made;
}

casework::Applicant applicant(const Visit& visit) { return casework::applicant(visit.session()); }

std::string_view state_text(Language language, casework::State state) {
  const auto text = msg::find_in_citizen(language, "state_" + std::string(to_string(state)));
  return text ? *text : casework::to_string(state);
}

void state_tag(Writer& page, Language language, casework::State state) {
  page::state_tag(page, state, state_text(language, state));
}

std::optional<std::string_view> optional_text(const casework::Package& package,
                                              std::string_view key, Language language) {
  if (!package.texts.contains(std::string(key))) return std::nullopt;
  return package.text(key, language);
}

std::string money(Language language, std::int64_t twd) { return msg::amount(language, twd); }

ledger::Position witnessed_entries(const Parts& parts) {
  return parts.witnessing ? parts.witnessing->complete_until() : ledger::Position{INT_MAX, 0};
}

void unwitnessed_tag(Writer& page, Language language, ledger::Position position,
                     ledger::Position witnessed) {
  if (position < witnessed) return;
  page << " ";
  page::tag(page, msg::ledger_no_quorum(language), Tone::warn);
}

std::vector<net::Route> routes(const Dependencies& dependencies) {
  const auto parts = std::make_shared<const Parts>(dependencies);
  dependencies.site.define(
      page::access::applicant_of_case, identity::Realm::person,
      [parts](const net::Request& request, const identity::Session& session) -> Result<void> {
        const auto id = CaseId::parse(request.parameter("case"));
        if (!id) return fail(Kind::not_found, "case_not_found");
        return parts->casework.may_see(casework::applicant(session), *id);
      });
  Pages pages(parts, refused);
  add_home(pages);
  add_service(pages);
  add_eligibility(pages);
  add_sign_in(pages);
  add_account(pages);
  add_drafts(pages);
  add_check_answers(pages);
  add_cases(pages);
  add_case(pages);
  add_consents(pages);
  add_payment(pages);
  add_supplement(pages);
  add_messages(pages);
  add_process(pages);
  add_why(pages);
  if (dependencies.data_requests != nullptr) {
    add_data_requests(pages);
    add_data_request(pages);
  }
  if (dependencies.mandates != nullptr) {
    add_mandates(pages);
    add_mandate(pages);
  }
  add_usage(pages);
  if (dependencies.questions != nullptr) add_use_questions(pages);
  add_ledger(pages);
  add_receipts(pages);
  return pages.take();
}

}  // namespace minben::citizen
