#include "page/case.hpp"

#include <algorithm>
#include <array>

#include "messages/common.hpp"

namespace minben::page {

using casework::TimelineStep;

std::string service_title(const casework::Packages& packages, const ServiceCode& code,
                          Language language) {
  const auto package = packages.newest(code);
  return package ? (*package)->title.in(language) : code.value;
}

std::string step_title(const casework::Package& package, std::string_view step, Language language) {
  const casework::Step* known = package.step(step);
  return known ? known->title.in(language) : std::string(step);
}

void state_tag(Writer& page, casework::State state, std::string_view text) {
  using casework::State;
  Tone tone = Tone::neutral;
  if (state == State::approved) tone = Tone::good;
  if (state == State::refused) tone = Tone::bad;
  if (state == State::in_review) tone = Tone::info;
  if (state == State::awaiting_payment || state == State::awaiting_applicant) tone = Tone::waiting;
  tag(page, text, tone);
}

namespace {

Progress progress_of(TimelineStep::Progress progress) {
  switch (progress) {
    case TimelineStep::Progress::done:
      return Progress::done;
    case TimelineStep::Progress::current:
      return Progress::current;
    case TimelineStep::Progress::ahead:
      return Progress::ahead;
  }
  return Progress::ahead;
}

std::string joined(std::span<const std::string> ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : " ") + id;
  return text;
}

std::string event_text(Language language, const casework::Package& package,
                       const casework::HistoryEntry& entry, const HistoryWords& words) {
  const bool deemed = entry.detail.is_object() && entry.detail.as_object().contains("deemed");
  const auto known = words.event(language, deemed ? entry.event + "_deemed" : entry.event);
  std::string text = known ? std::string(*known) : entry.event;
  constexpr std::array of_last_days{"deadline_reminded", "deadline_passed", "due_moved"};
  if (std::ranges::find(of_last_days, entry.event) != of_last_days.end()) {
    const auto due = parse_date(string_or(entry.detail, "due"));
    if (due) text += (language == Language::zh_hant ? "，" : ", ") + long_date(*due, language);
  }
  if (!entry.step.empty())
    text +=
        (language == Language::zh_hant ? "：" : ": ") + step_title(package, entry.step, language);
  return text;
}

std::string who(const Visit& visit, const casework::HistoryEntry& entry,
                const HistoryWords& words) {
  if (entry.act)
    return msg::acted_by(visit.language,
                         std::string(page::mandate_kind(visit.language, entry.act->kind)),
                         entry.actor_name);
  if (entry.agency) return visit.agency(*entry.agency);
  return std::string(entry.by_applicant ? words.applicant : msg::platform_name(visit.language));
}

}  // namespace

void steps(Writer& page, const Visit& visit, const casework::Package& package,
           std::span<const TimelineStep> timeline,
           StepTime (*time)(Language, const TimelineStep&)) {
  page::timeline(page, [&](Writer& list) {
    for (const TimelineStep& step : timeline) {
      StepTime when = time(visit.language, step);
      timeline_item(list, {.title = step_title(package, step.step, visit.language),
                           .time = std::move(when.words),
                           .machine_time = std::move(when.machine),
                           .by = visit.agency(step.agency),
                           .progress = progress_of(step.progress)});
    }
  });
}

void history(Writer& page, const Visit& visit, const casework::Package& package,
             std::span<const casework::HistoryEntry> entries, const HistoryWords& words) {
  page::timeline(page, [&](Writer& list) {
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
      timeline_item(list, {.title = event_text(visit.language, package, *entry, words),
                           .time = long_time(entry->at, visit.language),
                           .machine_time = to_string(entry->at),
                           .by = who(visit, *entry, words)});
  });
}

void diagram(Writer& page, std::string_view label, const Url& xml, const casework::CaseView& view) {
  page << "<div class=\"mb-diagram\" hidden data-diagram role=\"region\" aria-label=\"" << label
       << "\" data-xml=\"" << xml << "\" data-here=\"" << joined(view.active_elements)
       << "\" data-passed=\"" << joined(view.passed_elements) << "\"></div>";
}

void heat_map(Writer& page, std::string_view label, const Url& xml, std::span<const Heat> heats) {
  JsonArray list;
  for (const Heat& heat : heats)
    list.push_back(
        JsonObject{{"element", heat.element}, {"level", heat.level}, {"text", heat.text}});
  page << "<div class=\"mb-diagram\" hidden data-diagram role=\"region\" aria-label=\"" << label
       << "\" data-xml=\"" << xml << "\" data-heat=\"" << write_json(list) << "\"></div>";
}

std::string date_in_words(Language language, std::string_view iso) {
  const auto date = parse_date(iso);
  return date ? long_date(*date, language) : std::string(iso);
}

std::string answer_text(Language language, const forms::SummaryRow& row,
                        const std::function<std::string(const std::string& id)>& file_name) {
  using forms::FieldKind;
  std::string text;
  for (const Bilingual& value : row.values) {
    if (!text.empty()) text += "\n";
    const std::string& plain = value.in(language);
    if (row.kind == FieldKind::date) text += date_in_words(language, plain);
    else if (row.kind == FieldKind::boolean)
      text += plain == "true" ? msg::yes(language) : msg::no(language);
    else if (row.kind == FieldKind::file) text += file_name(plain);
    else text += plain;
  }
  return text.empty() ? std::string(msg::not_given(language)) : text;
}

}  // namespace minben::page
