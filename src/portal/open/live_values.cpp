// The newest values of a live stream.
#include <algorithm>

#include <fmt/format.h>

#include "live.hpp"
#include "page/numbers.hpp"

namespace minben::open {

using streams::Field;
using streams::Record;
using streams::Stream;

namespace {

constexpr int shown_on_dataset = 8;
constexpr hours taiwan_ahead{8};

bool is_number(const Field& field) {
  return field.type == intake::Type::integer || field.type == intake::Type::number;
}

/// As the script of the page writes it, too (web/islands/stream.ts).
std::string value_text(const Json* value) {
  if (value == nullptr || value->is_null()) return "–";
  std::string text = page::value_text(*value);
  if (value->is_string() && text.size() >= 25 && text[10] == 'T')
    text = text.substr(0, 10) + " " + text.substr(11, 8);
  return text;
}

void row(Writer& page, const Stream& stream, const Record& record) {
  const auto body = parse_json(record.body);
  page << "<tr class=\"govuk-table__row\" data-key=\"" << record.key << "\"><th scope=\"row\" "
       << "class=\"govuk-table__header\">" << record.key << "</th>";
  for (const Field& field : stream.fields) {
    if (field.name == stream.key) continue;
    page << "<td class=\"govuk-table__cell"
         << page::when(is_number(field), " govuk-table__cell--numeric") << "\" data-field=\""
         << field.name << "\">" << value_text(body ? find(*body, field.name) : nullptr) << "</td>";
  }
  page << "<td class=\"govuk-table__cell\" data-received>" << taiwan_time(record.at)
       << "</td></tr>";
}

void head(Writer& page, const Visit& visit, const Stream& stream) {
  const auto key = std::ranges::find(stream.fields, stream.key, &Field::name);
  page << "<thead class=\"govuk-table__head\"><tr class=\"govuk-table__row\"><th scope=\"col\" "
          "class=\"govuk-table__header\">"
       << label_of(*key) << "</th>";
  for (const Field& field : stream.fields) {
    if (field.name == stream.key) continue;
    page << "<th scope=\"col\" class=\"govuk-table__header"
         << page::when(is_number(field), " govuk-table__header--numeric") << "\" data-field=\""
         << field.name << "\">" << label_of(field);
    if (!field.unit.empty()) page << " (" << field.unit << ")";
    page << "</th>";
  }
  page << "<th scope=\"col\" class=\"govuk-table__header\">" << msg::live_received(visit.language)
       << "</th></tr></thead>";
}

}  // namespace

std::string taiwan_time(Instant at) {
  const std::string text = to_string(std::chrono::floor<seconds>(at) + taiwan_ahead);
  return text.substr(0, 10) + " " + text.substr(11, 8);
}

std::string label_of(const Field& field) { return field.label.empty() ? field.name : field.label; }

Url live_url(const Visit& visit, const std::string& dataset, const streams::StreamId& id) {
  return visit.url({"datasets", dataset, "live", to_string(id)});
}

void live_mark(Writer& page, const Visit& visit) {
  page::tag(page, msg::live_mark(visit.language), Tone::good);
}

std::vector<Stream> streams_of(const Parts& parts, const catalogue::Entry& entry) {
  if (parts.live == nullptr || entry.status != catalogue::Status::published ||
      entry.dataset.access_rights != catalogue::AccessRights::open)
    return {};
  auto all = parts.live->streams().of_dataset(entry.dataset.id);
  if (!all) return {};
  std::erase_if(*all, [&](const Stream& each) {
    const auto& files = entry.dataset.distributions;
    return std::ranges::find(files, catalogue::DistributionId{each.id.value},
                             &catalogue::Distribution::id) == files.end();
  });
  return std::move(*all);
}

bool is_live(const Parts& parts, const catalogue::Entry& entry, catalogue::DistributionId id) {
  return std::ranges::any_of(streams_of(parts, entry), [&](const Stream& each) {
    return each.id.value == id.value && !each.ended_at;
  });
}

void live_facts(Writer& page, const Parts& parts, const Visit& visit, const Stream& stream) {
  const Language language = visit.language;
  page << "<p class=\"mb-result__facts\">";
  if (stream.last_at)
    page << msg::live_last(language, taiwan_time(*stream.last_at),
                           parts.live->streams().last_hour(stream.id).value_or(0));
  else page << msg::live_none(language);
  page << " ";
  if (stream.ended_at) page::tag(page, msg::live_ended(language), Tone::neutral);
  else if (stream.late(visit.site.now())) page::tag(page, msg::live_late(language), Tone::warn);
  page << "</p>";
}

void live_values(Writer& page, const Parts& parts, const Visit& visit,
                 const catalogue::Entry& entry, const Stream& stream, int most) {
  const Language language = visit.language;
  const auto key = std::ranges::find(stream.fields, stream.key, &Field::name);
  const auto found = parts.live->streams().latest(stream.id, most + 1);
  if (!found) return;
  const auto shown = std::min<std::size_t>(found->size(), static_cast<std::size_t>(most));
  const std::string key_label = label_of(*key);
  const std::string caption = msg::live_now_caption(language, key_label);
  page << "<div class=\"mb-live\"";
  if (!stream.ended_at)
    page << " data-island=\"stream\" data-events=\""
         << fmt::format("/api/streams/{}/events?after={}", to_string(stream.id), stream.last)
         << "\" data-key=\"" << stream.key << "\" data-most=\"" << most << "\" data-said=\""
         << msg::live_said(language, "{count}", "{time}") << "\" data-paused=\""
         << msg::live_paused(language) << "\" data-lost=\"" << msg::live_lost(language)
         << "\" data-pause=\"" << msg::live_pause(language) << "\" data-resume=\""
         << msg::live_resume(language) << "\"";
  page << "><div class=\"mb-live__bar\"><button type=\"button\" class=\"govuk-button "
          "govuk-button--secondary\" "
          "hidden>"
       << msg::live_pause(language)
       << "</button><p class=\"mb-live__said\" role=\"status\" aria-live=\"polite\"></p></div>"
       << "<div class=\"mb-table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" << caption
       << "\"><table class=\"govuk-table mb-rows\"><caption class=\"govuk-visually-hidden\">"
       << caption << "</caption>";
  head(page, visit, stream);
  page << "<tbody class=\"govuk-table__body\">";
  for (std::size_t i = 0; i < shown; ++i) row(page, stream, (*found)[i]);
  page << "</tbody></table></div></div>";
  if (found->size() > shown && most <= shown_on_dataset)
    page << "<p class=\"govuk-body\"><a class=\"govuk-link\" href=\""
         << live_url(visit, entry.dataset.name, stream.id) << "\">" << msg::live_more(language)
         << "</a></p>";
}

void live_box(Writer& page, const Parts& parts, const Visit& visit, const catalogue::Entry& entry) {
  const Language language = visit.language;
  for (const Stream& stream : streams_of(parts, entry)) {
    const auto& files = entry.dataset.distributions;
    const auto file = std::ranges::find(files, catalogue::DistributionId{stream.id.value},
                                        &catalogue::Distribution::id);
    page << "<h2 class=\"govuk-heading-m\">" << msg::live_title(language, file->title.in(language))
         << " ";
    live_mark(page, visit);
    page << "</h2>";
    live_facts(page, parts, visit, stream);
    live_values(page, parts, visit, entry, stream, shown_on_dataset);
    page << "<p class=\"govuk-body\"><a class=\"govuk-button govuk-button--secondary\" href=\""
         << live_url(visit, entry.dataset.name, stream.id) << "\">" << msg::live_more(language)
         << "<span class=\"govuk-visually-hidden\"> " << file->title.in(language)
         << "</span></a></p>";
  }
}

}  // namespace minben::open
