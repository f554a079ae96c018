#include "steward.hpp"

#include "harvest_parts.hpp"
#include "messages/live.hpp"
#include "messages/quality.hpp"
#include "messages/steward.hpp"

namespace minben::steward {

Frame frame(const Visit& visit, std::string_view title, Section section) {
  const Language language = visit.language;
  Frame made{.title = std::string(title),
             .service_name = std::string(msg::voices_steward_title(language))};
  made.navigation.push_back({std::string(msg::voices_steward_title(language)), desk_url(visit),
                             section == Section::queue});
  made.navigation.push_back({std::string(msg::steward_datasets(language)),
                             desk_url(visit, {"datasets"}), section == Section::datasets});
  made.navigation.push_back({std::string(msg::quality_desk(language)), desk_url(visit, {"quality"}),
                             section == Section::quality});
  made.navigation.push_back({std::string(msg::live_desk_title(language)),
                             desk_url(visit, {"streams"}), section == Section::streams});
  made.navigation.push_back({std::string(msg::voices_steward_use(language)),
                             desk_url(visit, {"use"}), section == Section::use});
  // Others have nothing to do there.
  if (section == Section::harvest)
    made.navigation.push_back(
        {std::string(msg::harvest_title(language)), desk_url(visit, {"harvest"}), true});
  made.navigation.push_back(
      {std::string(msg::voices_steward_desk(language)), visit.url({"desk"}), false});
  return made;
}

Url desk_url(const Visit& visit, std::initializer_list<std::string_view> parts) {
  return visit.url({"desk", "data"}).below(parts);
}

bool of_platform(const Parts& parts, const Visit& visit) {
  return voices::keeps_the_platform(parts.voices.config(), visit.officer());
}

Result<net::Response> done(const Parts& parts, const Visit& visit, const Result<void>& result,
                           Again again, Renamed renamed) {
  if (result)
    return page::redirect_with(visit, desk_url(visit), page::Notice::success,
                               msg::voices_steward_done(visit.language));
  auto typed = open::typed(visit, result.error());
  if (!typed) return fail(result.error());
  for (page::ErrorLine& line : typed->errors)
    for (const auto& [from, to] : renamed)
      if (line.field == from) line.field = to;
  return again(parts, visit, *typed);
}

void small_form(Writer& page, const Visit& visit, const Typed& typed, const SmallForm& form,
                page::Content more) {
  page::form(page, visit, form.action, [&](Writer& p) {
    page::hidden(p, "version", std::to_string(form.version));
    more(p);
    if (!form.field.empty()) open::words_field(p, visit.language, typed, {form.field, form.label});
    page::button(p, {.text = std::string(form.button), .style = form.style});
  });
}

std::vector<net::Route> routes(const Dependencies& dependencies) {
  Pages pages(std::make_shared<const Parts>(Parts{dependencies}),
              [](Visit& visit, const Error& error) { return page::error_page(visit, error); });
  add_queue(pages);
  add_requests(pages);
  add_reports(pages);
  add_reuses(pages);
  add_use(pages);
  add_datasets(pages);
  add_files(pages);
  add_quality(pages);
  add_streams(pages);
  add_uploads(pages);
  add_series(pages);
  add_harvest_sources(pages);
  add_harvest_form(pages);
  add_harvest_runs(pages);
  return pages.take();
}

}  // namespace minben::steward
