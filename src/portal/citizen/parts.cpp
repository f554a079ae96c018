#include "parts.hpp"

namespace minben::citizen {

Parts::Parts(const Dependencies& dependencies)
    : Dependencies(dependencies), streams(dependencies.database) {}

namespace {

/// Errors by which a person with a weaker sign-in is asked for a stronger one.
bool asks_for_more(const Error& error) { return error.kind == Kind::unauthorised; }

page::PageHandler as_page(PartsPtr parts, Handler handler) {
  return [parts = std::move(parts), handler](Visit& visit) -> net::Response {
    auto response = handler(*parts, visit);
    if (response) return std::move(*response);
    if (asks_for_more(response.error()))
      return visit.site.to_sign_in(visit, identity::Realm::person, visit.signed_in());
    return page::error_page(visit, response.error());
  };
}

}  // namespace

void Pages::get(std::string_view pattern, net::Access access, Handler handler) {
  routes_.get(pattern, access, as_page(parts_, handler));
}

void Pages::post(std::string_view pattern, net::Access access, Handler handler,
                 std::size_t max_body) {
  routes_.post(pattern, access, max_body, as_page(parts_, handler));
}

Frame frame(const Visit& visit, std::string_view title, Section section) {
  const Language language = visit.language;
  Frame made{.title = std::string(title)};
  const auto add = [&](std::string_view text, const Url& url, Section own) {
    made.navigation.push_back({std::string(text), url, own == section});
  };
  add(msg::nav_services(language), visit.url({}), Section::services);
  add(msg::nav_cases(language), visit.url({"cases"}), Section::cases);
  add(msg::nav_usage(language), visit.url({"usage"}), Section::usage);
  add(msg::nav_consents(language), visit.url({"consents"}), Section::consents);
  if (visit.signed_in()) add(msg::nav_account(language), visit.url({"account"}), Section::account);
  return made;
}

casework::Applicant applicant(const Visit& visit) {
  return {visit.person(), visit.session().assurance};
}

std::string service_title(const Parts& parts, const ServiceCode& code, Language language) {
  const auto package = parts.package(code);
  return package ? (*package)->title.in(language) : code.value;
}

std::string_view state_text(Language language, casework::State state) {
  const auto text = msg::find_in_citizen(language, "state_" + std::string(to_string(state)));
  return text ? *text : casework::to_string(state);
}

void state_tag(Writer& page, Language language, casework::State state) {
  using casework::State;
  Tone tone = Tone::neutral;
  if (state == State::approved) tone = Tone::good;
  if (state == State::refused) tone = Tone::bad;
  if (state == State::in_review) tone = Tone::info;
  if (state == State::awaiting_payment || state == State::awaiting_applicant) tone = Tone::waiting;
  page::tag(page, state_text(language, state), tone);
}

std::string agencies_text(const Visit& visit, std::span<const AgencyCode> agencies) {
  std::string text;
  for (const AgencyCode& agency : agencies) {
    if (!text.empty()) text += visit.language == Language::zh_hant ? "、" : ", ";
    text += visit.agency(agency);
  }
  return text;
}

std::optional<std::string_view> optional_text(const casework::Package& package,
                                              std::string_view key, Language language) {
  if (!package.texts.contains(std::string(key))) return std::nullopt;
  return package.text(key, language);
}

std::string money(Language language, std::int64_t twd) { return msg::amount(language, twd); }

net::Response download(std::string content, std::string_view media_type,
                       std::string_view file_name) {
  net::Response response = net::Response::bytes(std::move(content), media_type);
  // RFC 6266 with the encoded form only: it carries any name without quoting.
  response.headers.set("Content-Disposition",
                       "attachment; filename*=UTF-8''" + net::percent_encode(file_name));
  response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
  return response;
}

std::vector<net::Route> routes(const Dependencies& dependencies) {
  const auto parts = std::make_shared<const Parts>(dependencies);
  dependencies.site.define(
      page::access::applicant_of_case, identity::Realm::person,
      [parts](const net::Request& request, const identity::Session& session) -> Result<void> {
        const auto id = CaseId::parse(request.parameter("case"));
        if (!id) return fail(Kind::not_found, "case_not_found");
        return parts->casework.may_see(casework::Applicant{*session.person(), session.assurance},
                                       *id);
      });
  Pages pages(parts);
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
  add_usage(pages);
  return pages.take();
}

}  // namespace minben::citizen
