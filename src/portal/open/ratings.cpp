// Stars and purposes of a dataset, and the box about its use on its page.
#include <fmt/format.h>

#include "page/charts.hpp"
#include "voices_parts.hpp"

namespace minben::open {

namespace {

using catalogue::Entry;
using voices::OpinionSum;

constexpr int use_days = 30;
constexpr int reuses_in_box = 3;

Url opinions_url(const Visit& visit, const Entry& entry) {
  return dataset_url(visit, entry.dataset.name).below({"opinions"});
}

std::string mean_text(Language language, const OpinionSum& sum) {
  if (sum.count == 0) return std::string(msg::voices_opinions_none(language));
  return msg::voices_opinions_mean(language, sum.count, fmt::format("{:.1f}", sum.mean()));
}

void charts(Writer& page, Language language, const OpinionSum& sum) {
  page::BarChart stars{.title = std::string(msg::voices_opinions_chart(language)),
                       .description = std::string(msg::voices_opinions_chart_text(language)),
                       .label_title = std::string(msg::voices_opinions_stars(language)),
                       .value_title = std::string(msg::voices_opinions_people(language)),
                       .bars = {}};
  for (std::size_t i = sum.of_stars.size(); i-- > 0;)
    stars.bars.push_back({std::to_string(i + 1), static_cast<double>(sum.of_stars[i]),
                          std::to_string(sum.of_stars[i])});
  page::bar_chart(page, language, "stars", stars);
  if (sum.of_purpose.empty()) return;
  page::BarChart purposes{
      .title = std::string(msg::voices_opinions_purpose_chart(language)),
      .description = std::string(msg::voices_opinions_purpose_chart_text(language)),
      .label_title = std::string(msg::voices_opinions_purpose(language)),
      .value_title = std::string(msg::voices_opinions_people(language)),
      .bars = {}};
  for (const auto& [purpose, count] : sum.of_purpose)
    purposes.bars.push_back(
        {std::string(voices_text(language, fmt::format("purpose_{}", to_string(purpose)))),
         static_cast<double>(count), std::to_string(count)});
  page::bar_chart(page, language, "purposes", purposes);
}

void opinion_form(Writer& page, const Visit& visit, const Entry& entry,
                  const std::optional<voices::Opinion>& own, const Typed& typed) {
  const Language language = visit.language;
  page::heading(page, 2, msg::voices_opinions_give(language));
  if (!speaker(visit)) page::paragraph(page, msg::voices_sign_in_to(language));
  page::form(page, visit, opinions_url(visit, entry), [&](Writer& p) {
    stars_field(p, language, typed, msg::voices_opinions_give(language), own ? own->stars : 0);
    std::vector<page::Choice> choices;
    for (const voices::Purpose purpose : voices::purposes()) {
      const std::string_view name = to_string(purpose);
      const bool ticked = own && std::ranges::find(own->purposes, purpose) != own->purposes.end();
      choices.push_back({std::string(name),
                         std::string(voices_text(language, fmt::format("purpose_{}", name))),
                         {},
                         ticked});
    }
    page::checkboxes(p,
                     {.name = "purpose",
                      .label = std::string(msg::voices_opinions_purposes(language)),
                      .hint = {},
                      .error = {}},
                     choices);
    page::button(p, msg::voices_opinions_send(language));
  });
  if (!own) return;
  page::form(page, visit, opinions_url(visit, entry).below({"remove"}), [&](Writer& p) {
    page::button(p, {.text = std::string(msg::voices_opinions_take_back(language)),
                     .style = page::ButtonStyle::secondary});
  });
}

Result<net::Response> opinions_page(const Parts& parts, const Visit& visit, const Typed& typed) {
  const Language language = visit.language;
  MINBEN_TRY(entry, entry_of(parts, visit));
  MINBEN_TRY(sum, parts.voices.opinions().sum(entry.dataset.id));
  std::optional<voices::Opinion> own;
  if (const auto person = speaker(visit)) {
    MINBEN_TRY(found, parts.voices.opinions().of(*person, entry.dataset.id));
    own = std::move(found);
  }
  Frame made = frame(visit, msg::voices_opinions_title(language), Section::datasets);
  made.back = page::Link{entry.dataset.title.in(language), dataset_url(visit, entry.dataset.name)};
  made.errors = typed.errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::voices_opinions_title(language), Size::l);
        page::paragraph(page, entry.dataset.title.in(language));
        page::paragraph(page, mean_text(language, sum));
        if (sum.count > 0) charts(page, language, sum);
        if (entry.status == catalogue::Status::published)
          opinion_form(page, visit, entry, own, typed);
      },
      typed.status);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  return opinions_page(parts, visit, {});
}

Result<net::Response> give(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, entry_of(parts, visit));
  voices::Opinion opinion;
  opinion.stars =
      static_cast<int>(parse_integer(visit.request.form.get("stars"), 1, 5).value_or(0));
  for (const std::string_view text : visit.request.form.all("purpose"))
    if (const auto purpose = voices::parse_purpose(text)) opinion.purposes.push_back(*purpose);
  const auto given = parts.voices.opinions().give(visit.person(), entry.dataset.id, opinion);
  if (!given) {
    const auto again = typed(visit, given.error());
    if (!again) return fail(given.error());
    return opinions_page(parts, visit, *again);
  }
  return page::redirect_with(visit, opinions_url(visit, entry), page::Notice::success,
                             msg::voices_opinions_sent(visit.language));
}

Result<net::Response> take_back(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, entry_of(parts, visit));
  MINBEN_CHECK(parts.voices.opinions().take_back(visit.person(), entry.dataset.id));
  return page::redirect_with(visit, opinions_url(visit, entry), page::Notice::success,
                             msg::voices_opinions_taken_back(visit.language));
}

// ---------------------------------------------------------------------------------------- box

struct Box {
  OpinionSum opinions;
  std::int64_t waiting = 0;  ///< problems
  voices::UseSum use;
  std::vector<voices::Reuse> reuses;
};

Result<Box> read_box(const Parts& parts, const Visit& visit, const Entry& entry) {
  Box box;
  const catalogue::DatasetId id = entry.dataset.id;
  MINBEN_TRY(opinions, parts.voices.opinions().sum(id));
  box.opinions = opinions;
  MINBEN_TRY(reports, parts.voices.reports().of_dataset(id, 200));
  box.waiting = std::ranges::count_if(reports, &voices::ReportLine::waiting);
  MINBEN_TRY(reuses, parts.voices.showcase().of_dataset(id, reuses_in_box));
  box.reuses = std::move(reuses);
  const Date today = taiwan_date(visit.site.now());
  MINBEN_TRY(use, parts.read([&](store::Transaction& tx) {
    return voices::use_sum(tx, id, add_days(today, 1 - use_days), today);
  }));
  box.use = use;
  return box;
}

void box_rows(Writer& rows, const Visit& visit, const Entry& entry, const Box& box) {
  const Language language = visit.language;
  const std::string name = entry.dataset.title.in(language);
  const Url base = dataset_url(visit, entry.dataset.name);
  page::summary_row(rows, msg::voices_opinions_title(language), mean_text(language, box.opinions),
                    std::array{page::Action{std::string(msg::voices_box_rate(language)), name,
                                            base.below({"opinions"})}});
  page::summary_row(rows, msg::voices_reports_title(language),
                    box.waiting == 0 ? std::string(msg::voices_box_no_problems(language))
                                     : msg::voices_box_waiting(language, box.waiting),
                    std::array{page::Action{std::string(msg::voices_report_new(language)), name,
                                            base.below({"reports"})}});
  page::summary_row(rows, msg::voices_steward_use(language), [&](Writer& p) {
    p << msg::voices_box_use(language, box.use.api, box.use.downloads, box.use.views)
      << "<br><span class=\"mb-under\">" << msg::voices_box_use_text(language) << "</span> ";
    page::link(p, msg::voices_box_use_csv(language), base.below({"use.csv"}));
  });
}

}  // namespace

void voices_box(Writer& page, const Parts& parts, const Visit& visit, const Entry& entry) {
  const auto box = read_box(parts, visit, entry);
  if (!box) return;  // the dataset is what people came for
  const Language language = visit.language;
  page::heading(page, 2, msg::voices_box_title(language));
  page::summary_list(page, [&](Writer& rows) { box_rows(rows, visit, entry, *box); });
  page::heading(page, 2, msg::voices_reuses_title(language));
  if (box->reuses.empty()) page::paragraph(page, msg::voices_reuses_none(language));
  else reuses_list(page, visit, box->reuses);
  if (entry.status != catalogue::Status::published) return;
  page << "<p class=\"govuk-body\">";
  page::link(page, msg::voices_reuse_new(language),
             dataset_url(visit, entry.dataset.name).below({"reuses", "new"}));
  page << "</p>";
  subscribe_form(page, visit, "dataset", to_string(entry.dataset.id));
}

void add_ratings(Pages& pages) {
  pages.get("/datasets/{name}/opinions", page::access::anyone, show);
  pages.post("/datasets/{name}/opinions", page::access::signed_in, give);
  pages.post("/datasets/{name}/opinions/remove", page::access::signed_in, take_back);
}

}  // namespace minben::open
