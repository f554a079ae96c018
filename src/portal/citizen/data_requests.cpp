// What a person can take along: starting a request of one's own, those there were, and which
// registers answer.
#include "identity/mandates.hpp"
#include "data_view.hpp"

namespace minben::citizen {

using mydata::DataRequest;
using mydata::ItemState;

Frame data_frame(const Visit& visit, std::string_view title) {
  Frame made = frame(visit, title, Section::consents);
  made.trail = {{std::string(msg::data_nav(visit.language)), visit.url({"data-requests"})},
                {std::string(title), visit.url({})}};
  return made;
}

std::string item_title(const Parts& parts, Language language, const mydata::RequestItem& item) {
  const mydata::Resource* resource = parts.resources->find(item.resource_id);
  return resource == nullptr ? item.resource_id : resource->title.in(language);
}

void item_tag(Writer& page, Language language, ItemState state) {
  const auto text =
      msg::find_in_data_requests(language, fmt::format("data_item_{}", mydata::to_string(state)));
  Tone tone = Tone::neutral;
  if (state == ItemState::ready) tone = Tone::good;
  if (state == ItemState::asked || state == ItemState::packing) tone = Tone::waiting;
  if (state == ItemState::failed || state == ItemState::withdrawn) tone = Tone::bad;
  page::tag(page, text ? *text : mydata::to_string(state), tone);
}

std::string_view code_text(Language language, int code) {
  if (const auto text = msg::find_in_data_requests(language, fmt::format("data_code_{}", code)))
    return *text;
  return msg::data_code_other(language);
}

namespace {

constexpr std::string_view download_value = "download";

bool offered(const mydata::Resource& resource) {
  const auto has = [&](std::string_view purpose) {
    return std::ranges::find(resource.purposes, purpose) != resource.purposes.end();
  };
  return !resource.ended && (has("mydata.download") || has("mydata.counter"));
}

/// Of whom else one may ask for data: under mandates that cover it. Nobody while acting.
Result<std::vector<identity::Mandate>> others(const Parts& parts, const Visit& visit) {
  if (parts.mandates == nullptr || visit.session().acting) return std::vector<identity::Mandate>();
  MINBEN_TRY(held, parts.transact([&](store::Transaction& tx) {
    return parts.mandates->held_by(tx, visit.person());
  }));
  std::erase_if(held, [](const identity::Mandate& mandate) {
    return mandate.state != identity::MandateState::active || !mandate.powers.data;
  });
  return held;
}

void whose_boxes(Writer& p, const Visit& visit, std::span<const identity::Mandate> others) {
  if (others.empty()) return;
  const Language language = visit.language;
  std::vector<page::Choice> people{{.value = to_string(visit.person()),
                                    .label = std::string(msg::data_whose_own(language)),
                                    .chosen = true}};
  for (const identity::Mandate& mandate : others)
    people.push_back({.value = to_string(mandate.principal), .label = mandate.principal_name});
  page::checkboxes(p,
                   {.name = "whose",
                    .label = std::string(msg::data_whose(language)),
                    .hint = std::string(msg::data_whose_hint(language)),
                    .error = {}},
                   people);
}

/// Where the registers vouch for a mandate they are asked again in time.
Result<std::vector<PersonId>> chosen_people(const Parts& parts, const Visit& visit) {
  std::vector<PersonId> whose;
  MINBEN_TRY(known, others(parts, visit));
  for (const std::string_view text : visit.request.form.all("whose")) {
    const auto id = PersonId::parse(text);
    if (!id) return fail(Kind::invalid, "no_mandate", "no such person", "whose");
    const auto mandate = std::ranges::find(known, *id, &identity::Mandate::principal);
    if (mandate != known.end()) MINBEN_CHECK(parts.mandates->confirm(visit.session(), mandate->id));
    whose.push_back(*id);
  }
  return whose;
}

void start_form(Writer& page, const Parts& parts, const Visit& visit,
                std::span<const identity::Mandate> people) {
  const Language language = visit.language;
  std::vector<page::Choice> resources;
  for (const auto& [id, resource] : parts.resources->all())
    if (offered(resource))
      resources.push_back({id, resource.title.in(language), visit.agency(resource.provider)});
  std::vector<page::Choice> agencies;
  for (const auto& [code, name] : *visit.site.agencies())
    agencies.push_back({code.value, name.in(language)});
  const page::Choice ways[] = {
      {std::string(download_value), std::string(msg::data_mode_download(language))},
      {"counter", std::string(msg::data_mode_counter(language))}};
  page::form(page, visit, visit.url({"data-requests"}), [&](Writer& p) {
    page::checkboxes(p,
                     {.name = "resource",
                      .label = std::string(msg::data_start(language)),
                      .hint = {},
                      .error = {}},
                     resources);
    whose_boxes(p, visit, people);
    page::radios(
        p,
        {.name = "mode", .label = std::string(msg::data_mode(language)), .hint = {}, .error = {}},
        ways);
    page::select(p,
                 {.name = "agency",
                  .label = std::string(msg::data_counter_of(language)),
                  .hint = {},
                  .error = {}},
                 agencies);
    page::button(p, msg::data_go_on(language));
  });
}

void past_requests(Writer& page, const Parts& parts, const Visit& visit,
                   std::span<const DataRequest> requests) {
  const Language language = visit.language;
  page::heading(page, 2, msg::data_past(language));
  if (requests.empty()) return page::paragraph(page, msg::data_none(language));
  page << "<ul class=\"govuk-list govuk-list--spaced\">";
  for (const DataRequest& request : requests) {
    std::string titles;
    for (const mydata::RequestItem& item : request.items)
      titles += (titles.empty()                  ? ""
                 : language == Language::zh_hant ? "、"
                                                 : ", ") +
                item_title(parts, language, item);
    page << "<li>";
    page::link(page, titles, visit.url({"data-requests", to_string(request.id)}));
    page << " ";
    if (request.state == mydata::RequestState::closed)
      page::tag(page, msg::data_over(language), Tone::neutral);
    else item_tag(page, language, request.items.front().state);
    page << "</li>";
  }
  page << "</ul>";
}

Result<net::Response> requests_page(const Parts& parts, const Visit& visit, bool missing) {
  const Language language = visit.language;
  MINBEN_TRY(requests, parts.data_requests->requests_of(visit.principal()));
  MINBEN_TRY(people, others(parts, visit));
  Frame made = frame(visit, msg::data_nav(language), Section::consents);
  if (missing) made.errors.push_back({"resource", std::string(msg::data_missing(language))});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::data_nav(language), Size::l);
        page::paragraph(page, msg::data_text(language));
        start_form(page, parts, visit, people);
        past_requests(page, parts, visit, requests);
        page << "<p class=\"govuk-body\">";
        page::link(page, msg::data_health(language), visit.url({"mydata"}));
        page << "</p>";
      },
      missing ? 422 : 200);
}

Result<net::Response> show_requests(const Parts& parts, Visit& visit) {
  return requests_page(parts, visit, false);
}

Result<net::Response> begin(const Parts& parts, Visit& visit) {
  const net::Form& form = visit.request.form;
  std::vector<std::string> resources;
  for (const std::string_view id : form.all("resource")) resources.emplace_back(id);
  const std::string_view mode = form.get("mode");
  const bool counter = mode == "counter";
  const auto agency = AgencyCode::parse(counter ? form.get("agency") : "none");
  if (resources.empty() || (!counter && mode != download_value) || !agency)
    return requests_page(parts, visit, true);
  MINBEN_TRY(whose, chosen_people(parts, visit));
  MINBEN_TRY(id, parts.data_requests->begin(
                     visit.principal(),
                     counter ? mydata::DeliveryMode::counter : mydata::DeliveryMode::download,
                     resources, counter ? *agency : AgencyCode{}, whose));
  return page::redirect(visit.url({"data-requests", to_string(id)}));
}

void health_row(Writer& rows, const Visit& visit, std::span<const page::Column> columns,
                const mydata::ResourceHealth& health) {
  const Language language = visit.language;
  page::stacked_row(rows, columns, [&](page::Cells& cells) {
    cells.head([&](Writer& p) { p << health.resource->title.in(language); });
    cells.add(visit.agency(health.resource->provider));
    cells.add([&](Writer& p) {
      if (health.status == "01") page::tag(p, msg::data_works(language), Tone::good);
      else if (health.status == "9") page::tag(p, msg::data_maintenance(language), Tone::info);
      else page::tag(p, msg::data_fails(language), Tone::bad);
    });
    cells.add(health.failing_since ? long_time(*health.failing_since, language) : std::string());
  });
}

Result<net::Response> show_health(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(all, parts.data_requests->health());
  return html_page(visit, frame(visit, msg::data_health(language)), [&](Writer& page) {
    page::heading(page, 1, msg::data_health(language), Size::l);
    page::paragraph(page, msg::data_health_text(language));
    const page::Column columns[] = {{std::string(msg::data_column_item(language))},
                                    {std::string(msg::data_column_provider(language))},
                                    {std::string(msg::data_column_state(language))},
                                    {std::string(msg::data_since(language))}};
    page::table(page, msg::data_health(language), columns,
                [&](Writer& rows) {
                  for (const mydata::ResourceHealth& one : all)
                    health_row(rows, visit, columns, one);
                },
                {.caption_hidden = true, .stacks = true});
    page << "<p class=\"govuk-body\">";
    page::link(page, msg::data_providers(language), visit.url({"mydata", "service-providers"}));
    page << "</p>";
  });
}

void old_forms_list(Writer& page, const Visit& visit, const mydata::OldForms& old) {
  const Language language = visit.language;
  const Instant now = visit.site.now();
  std::vector<std::string> lines;
  if (mydata::in_force(old.pid, now)) lines.push_back(msg::data_old_pid(language, *old.pid));
  if (mydata::in_force(old.secret_key, now))
    lines.push_back(msg::data_old_secret_key(language, *old.secret_key));
  if (mydata::in_force(old.ticket_alone, now))
    lines.push_back(msg::data_old_ticket_alone(language, *old.ticket_alone));
  if (lines.empty()) {
    page << msg::data_provider_old_none(language);
    return;
  }
  page << "<ul class=\"govuk-list govuk-list--bullet\">";
  for (const std::string& line : lines) page << "<li>" << line << "</li>";
  page << "</ul>";
}

void one_provider(Writer& page, const Parts& parts, const Visit& visit,
                  const mydata::ServiceProvider& provider) {
  const Language language = visit.language;
  page::heading(page, 2, provider.name.in(language));
  if (provider.suspended) page::tag(page, msg::data_provider_suspended(language), Tone::bad);
  std::string items;
  for (const std::string& id : provider.resources) {
    const mydata::Resource* resource = parts.resources->find(id);
    items += (items.empty() ? "" : "\n") + (resource ? resource->title.in(language) : id);
  }
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::terms_purpose(language), provider.purpose.in(language));
    page::summary_row(list, msg::data_provider_items(language), items);
    page::summary_row(list, msg::terms_kept(language),
                      msg::days_kept(language, provider.retention_days));
    page::summary_row(list, msg::terms_law(language), provider.legal_basis.in(language));
    page::summary_row(list, msg::data_provider_old(language),
                      [&](Writer& p) { old_forms_list(p, visit, provider.old_forms); });
  });
}

Result<net::Response> show_providers(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(all, parts.data_requests->service_providers());
  return html_page(visit, frame(visit, msg::data_providers(language)), [&](Writer& page) {
    page::heading(page, 1, msg::data_providers(language), Size::l);
    page::paragraph(page, msg::data_providers_text(language));
    if (all.empty()) page::paragraph(page, msg::data_providers_none(language));
    for (const mydata::ServiceProvider& one : all) one_provider(page, parts, visit, one);
  });
}

/// Where a browser is left that must not be led back.
Result<net::Response> show_refused(const Parts&, Visit& visit) {
  const Language language = visit.language;
  const auto code = parse_integer(visit.request.query.get("code"), 0, 999).value_or(0);
  return html_page(
      visit, frame(visit, msg::data_code_other(language)),
      [&](Writer& page) {
        page::heading(page, 1, msg::data_code_other(language), Size::l);
        page::paragraph(page, code_text(language, static_cast<int>(code)));
      },
      code == 404 ? 404 : 403);
}

}  // namespace

void add_data_requests(Pages& pages) {
  using page::access::anyone;
  using page::access::for_data;
  pages.get("/data-requests", for_data, show_requests);
  pages.post("/data-requests", for_data, begin);
  pages.get("/data-requests/refused", anyone, show_refused);
  pages.get("/mydata", anyone, show_health);
  pages.get("/mydata/service-providers", anyone, show_providers);
}

}  // namespace minben::citizen
