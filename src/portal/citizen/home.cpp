// The front page: life events, search, and all services.
#include <set>

#include "parts.hpp"

namespace minben::citizen {

namespace {

using casework::PackagePtr;

std::string event_text(std::span<const PackagePtr> packages, std::string_view event,
                       Language language) {
  const std::string key = "life_event." + std::string(event);
  for (const PackagePtr& package : packages)
    if (const auto text = optional_text(*package, key, language)) return std::string(*text);
  return std::string(event);
}

void service_card(Writer& page, const Visit& visit, const casework::Package& package) {
  const Language language = visit.language;
  page << "<li class=\"mb-card\"><h3 class=\"mb-card__title\"><a class=\"govuk-link\" href=\""
       << visit.url({"services", package.code.value}) << "\">" << package.title.in(language)
       << "</a></h3><p class=\"mb-card__text\">" << package.summary.in(language)
       << "</p><p class=\"mb-card__text\">"
       << msg::card_days(language, package.statutory_working_days) << "</p></li>";
}

void service_cards(Writer& page, const Visit& visit, std::span<const PackagePtr> packages) {
  page << "<ul class=\"mb-cards\">";
  for (const PackagePtr& package : packages) service_card(page, visit, *package);
  page << "</ul>";
}

void life_event_cards(Writer& page, const Visit& visit, std::span<const PackagePtr> packages) {
  std::set<std::string> events;
  for (const PackagePtr& package : packages)
    events.insert(package->life_events.begin(), package->life_events.end());
  page << "<ul class=\"mb-cards\">";
  for (const std::string& event : events)
    page << "<li class=\"mb-card\"><h3 class=\"mb-card__title\"><a class=\"govuk-link\" href=\""
         << visit.url({"life-events", event}) << "\">"
         << event_text(packages, event, visit.language) << "</a></h3></li>";
  page << "</ul>";
}

void search_box(Writer& page, const Visit& visit, std::string_view query) {
  const Language language = visit.language;
  page << "<form class=\"mb-search\" role=\"search\" method=\"get\" action=\""
       << visit.url({"find"}) << "\" data-island=\"suggest\" data-suggest=\""
       << visit.url({"service-suggestions"}) << "\" data-suggest-more=\""
       << visit.url({"dataset-suggestions"}) << "\" data-label=\""
       << msg::find_suggestions(language) << "\" data-some=\""
       << msg::find_suggestions_some(language) << "\" data-none=\""
       << msg::find_suggestions_none(language) << "\">";
  page::text_input(
      page, {.name = "q", .label = std::string(msg::find_label(language)), .hint = {}, .error = {}},
      {.value = std::string(query), .type = "search"});
  page::button(page, {.text = std::string(msg::find_button(language)), .once = false});
  page << "</form>";
}

Result<net::Response> show_home(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const auto packages = parts.casework.packages().all();
  Frame made = frame(visit, msg::home_title(language), Section::services);
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page << "<div class=\"mb-hero\"><h1 class=\"mb-hero__title\">" << msg::home_title(language)
         << "</h1><p class=\"mb-hero__text\">" << msg::home_text(language) << "</p>";
    search_box(page, visit, {});
    page << "</div>";
    page::heading(page, 2, msg::home_events(language));
    life_event_cards(page, visit, packages);
    page::heading(page, 2, msg::home_services(language));
    service_cards(page, visit, packages);
    page::heading(page, 2, msg::home_rights(language));
    page << "<ul class=\"govuk-list mb-ticks\"><li>" << msg::home_right_once(language)
         << "</li><li>" << msg::home_right_consent(language) << "</li><li>"
         << msg::home_right_usage(language) << "</li><li>" << msg::home_right_reasons(language)
         << "</li></ul>";
  });
}

Result<net::Response> show_life_event(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const std::string event(visit.request.parameter("event"));
  const auto all = parts.casework.packages().all();
  std::vector<PackagePtr> fitting;
  for (const PackagePtr& package : all)
    if (std::find(package->life_events.begin(), package->life_events.end(), event) !=
        package->life_events.end())
      fitting.push_back(package);
  if (fitting.empty()) return fail(Kind::not_found, "no_such_page");
  const std::string title = event_text(fitting, event, language);
  Frame made = frame(visit, title, Section::services);
  made.trail = {{std::string(msg::home(language)), visit.url({})},
                {title, visit.url({"life-events", event})}};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, title, Size::l);
    page::heading(page, 2, msg::event_services(language));
    service_cards(page, visit, fitting);
  });
}

/// Every word of the query stands in the title, summary or a life event, whatever its case.
bool matches(const casework::Package& package, std::string_view query) {
  std::string text;
  for (const Language language : {Language::zh_hant, Language::en}) {
    text += package.title.in(language) + " " + package.summary.in(language) + " ";
    for (const std::string& event : package.life_events)
      text += std::string(package.text("life_event." + event, language)) + " ";
  }
  text = to_lower_ascii(text);
  for (const std::string_view word : split(query, ' '))
    if (!word.empty() && text.find(to_lower_ascii(word)) == text.npos) return false;
  return true;
}

/// For the box that helps while typing; without script nothing asks for it.
Result<net::Response> suggest(const Parts& parts, Visit& visit) {
  constexpr std::size_t most = 5;
  const Language language = visit.language;
  const std::string query = to_nfc(trim(visit.request.query.get("q").substr(0, 200)));
  JsonArray list;
  for (const PackagePtr& package : parts.casework.packages().all())
    if (!query.empty() && list.size() < most && matches(*package, query))
      list.push_back(JsonObject{{"text", package->title.in(language)},
                                {"url", visit.url({"services", package->code.value}).text()},
                                {"kind", msg::find_suggestion_service(language)}});
  return net::Response::json(JsonObject{{"suggestions", list}});
}

Result<net::Response> show_found(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const std::string query = to_nfc(trim(visit.request.query.get("q").substr(0, 200)));
  std::vector<PackagePtr> found;
  for (const PackagePtr& package : parts.casework.packages().all())
    if (matches(*package, query)) found.push_back(package);
  Frame made = frame(visit, msg::find_title(language), Section::services);
  made.trail = {{std::string(msg::home(language)), visit.url({})},
                {std::string(msg::find_title(language)), visit.url({"find"})}};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::find_title(language), Size::l);
    search_box(page, visit, query);
    page << "<h2 class=\"govuk-heading-m\">"
         << msg::found_count(language, static_cast<std::int64_t>(found.size())) << "</h2>";
    if (found.empty()) page::paragraph(page, msg::found_none(language));
    service_cards(page, visit, found);
  });
}

}  // namespace

void add_home(Pages& pages) {
  pages.get("/", page::access::anyone, show_home);
  pages.get("/life-events/{event}", page::access::anyone, show_life_event);
  pages.get("/find", page::access::anyone, show_found);
  pages.get("/service-suggestions", page::access::anyone, suggest);
}

}  // namespace minben::citizen
