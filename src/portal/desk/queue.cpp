// The queue: what an agency has to do, the earliest due first.
#include <algorithm>

#include <boost/json/object.hpp>

#include "page/slices.hpp"
#include "parts.hpp"

namespace minben::desk {

namespace {

using casework::Queue;
using casework::QueueFilter;

constexpr int page_size = 25;

/// An answer by which officers may filter, with what was asked of it.
struct AnswerFilter {
  PackagePtr package;
  const forms::Field* field = nullptr;
  std::string input;  ///< name in the address: "gold-card/field"
  std::string value;  ///< "" = any
};

struct Asked {
  QueueFilter filter;
  std::vector<AnswerFilter> answers;
  std::string service, step, who;
  int page = 1;
};

QueueFilter::Claim claim_from(std::string_view who) {
  if (who == "mine") return QueueFilter::Claim::mine;
  if (who == "nobody") return QueueFilter::Claim::nobody;
  if (who == "others") return QueueFilter::Claim::others;
  return QueueFilter::Claim::any;
}

bool is_choice(const forms::Field& field, std::string_view value) {
  return std::ranges::any_of(
      field.choices, [&](const forms::Choice& each) { return each.value.as_string() == value; });
}

/// The filters of the services in which the officer's agency takes part; of the chosen service
/// only.
std::vector<AnswerFilter> answer_filters(const Parts& parts, const Visit& visit,
                                         std::string_view service) {
  std::vector<AnswerFilter> filters;
  for (const auto& package : parts.casework.packages().all()) {
    const auto& agencies = package->agencies;
    const bool ours = std::ranges::find(agencies, visit.officer().agency) != agencies.end();
    if (!ours || (!service.empty() && service != package->code.value)) continue;
    for (const std::string& pointer : package->queue_filters) {
      AnswerFilter filter{
          package, package->application_form->field(pointer), package->code.value + pointer, {}};
      const std::string_view value = visit.request.query.get(filter.input);
      if (is_choice(*filter.field, value)) filter.value = value;
      filters.push_back(std::move(filter));
    }
  }
  return filters;
}

/// An answer belongs to one service, so asking for it asks for that service, too.
void ask_for_answers(Asked& asked) {
  for (AnswerFilter& answer : asked.answers) {
    if (answer.value.empty()) continue;
    if (!asked.filter.service) asked.filter.service = answer.package->code;
    if (*asked.filter.service == answer.package->code)
      asked.filter.choices[answer.field->pointer] = answer.value;
    else answer.value.clear();
  }
}

Asked asked_by(const Parts& parts, const Visit& visit) {
  const net::Form& query = visit.request.query;
  Asked asked;
  asked.service = query.get("service");
  asked.step = query.get("step");
  asked.who = query.get("who");
  if (const auto code = ServiceCode::parse(asked.service)) asked.filter.service = *code;
  asked.answers = answer_filters(parts, visit, asked.service);
  ask_for_answers(asked);
  if (!asked.step.empty()) asked.filter.step = asked.step;
  asked.filter.claim = claim_from(asked.who);
  asked.filter.overdue_only = query.has("overdue");
  asked.filter.urgent_only = query.has("urgent");
  asked.filter.hide_waiting = query.has("active");
  asked.page = page::asked_page(query);
  asked.filter.offset = (asked.page - 1) * page_size;
  asked.filter.limit = page_size;
  return asked;
}

/// The address of this list with another page or without it.
Url list_url(const Visit& visit, const Asked& asked) {
  Url url = visit.url({"desk"});
  if (!asked.service.empty()) url = url.with("service", asked.service);
  for (const AnswerFilter& answer : asked.answers)
    if (!answer.value.empty()) url = url.with(answer.input, answer.value);
  if (!asked.step.empty()) url = url.with("step", asked.step);
  if (!asked.who.empty()) url = url.with("who", asked.who);
  if (asked.filter.overdue_only) url = url.with("overdue", "yes");
  if (asked.filter.urgent_only) url = url.with("urgent", "yes");
  if (asked.filter.hide_waiting) url = url.with("active", "yes");
  return url;
}

std::vector<page::Choice> services(const Parts& parts, const Visit& visit, const Asked& asked) {
  std::vector<page::Choice> choices{
      {"", std::string(msg::desk_all(visit.language)), {}, asked.service.empty()}};
  for (const auto& package : parts.casework.packages().all())
    choices.push_back({package->code.value,
                       package->title.in(visit.language),
                       {},
                       asked.service == package->code.value});
  return choices;
}

std::vector<page::Choice> steps(const Parts& parts, const Visit& visit, const Asked& asked) {
  using casework::StepKind;
  std::vector<page::Choice> choices{
      {"", std::string(msg::desk_all(visit.language)), {}, asked.step.empty()}};
  for (const auto& package : parts.casework.packages().all())
    for (const auto& step : package->steps) {
      const bool work = step.kind == StepKind::review || step.kind == StepKind::opinion;
      const bool ours = !step.agency || *step.agency == visit.officer().agency;
      if (work && ours)
        choices.push_back({step.id, step.title.in(visit.language), {}, asked.step == step.id});
    }
  return choices;
}

std::vector<page::Choice> options(const AnswerFilter& answer, Language language) {
  std::vector<page::Choice> choices{
      {"", std::string(msg::desk_all(language)), {}, answer.value.empty()}};
  for (const forms::Choice& each : answer.field->choices) {
    const std::string value(each.value.as_string());
    choices.push_back({value, each.label.in(language), {}, answer.value == value});
  }
  return choices;
}

/// The label of the option that a case's choices name.
std::optional<std::string> choice_title(const casework::Package& package, std::string_view pointer,
                                        const JsonObject& choices, Language language) {
  const auto* field = package.application_form->field(pointer);
  const Json* value = choices.if_contains(pointer);
  if (!field || !value) return std::nullopt;
  const auto found = std::ranges::find(field->choices, *value, &forms::Choice::value);
  if (found == field->choices.end()) return std::nullopt;
  return found->label.in(language);
}

void filter_form(Writer& page, const Parts& parts, const Visit& visit, const Asked& asked) {
  const Language language = visit.language;
  const auto field = [](std::string_view name, std::string_view label) {
    return page::Field{
        .name = std::string(name), .label = std::string(label), .hint = {}, .error = {}};
  };
  const auto who = [&](std::string_view value, std::string_view label) {
    return page::Choice{std::string(value), std::string(label), {}, asked.who == value};
  };
  const std::vector<page::Choice> holders{
      who("", msg::desk_all(language)), who("mine", msg::desk_mine(language)),
      who("nobody", msg::desk_nobody(language)), who("others", msg::desk_others(language))};
  page << "<form class=\"mb-filter\" method=\"get\" action=\"" << visit.url({"desk"})
       << "\" role=\"search\" aria-label=\"" << msg::desk_filter(language) << "\">";
  page::select(page, field("service", msg::desk_service(language)), services(parts, visit, asked));
  for (const AnswerFilter& answer : asked.answers)
    page::select(page, field(answer.input, answer.field->title.in(language)),
                 options(answer, language));
  page::select(page, field("step", msg::desk_step(language)), steps(parts, visit, asked));
  page::select(page, field("who", msg::desk_holder(language)), holders);
  page << "<div class=\"mb-filter__ticks\">";
  page::checkbox(page, field("overdue", msg::desk_overdue_only(language)),
                 asked.filter.overdue_only);
  page::checkbox(page, field("urgent", msg::desk_urgent_only(language)), asked.filter.urgent_only);
  page::checkbox(page, field("active", msg::desk_hide_waiting(language)),
                 asked.filter.hide_waiting);
  page << "</div>";
  page::button(page, {.text = std::string(msg::desk_filter(language)),
                      .style = page::ButtonStyle::secondary});
  page << "</form>";
}

void due_text(Writer& page, Language language, const TaskRow& task) {
  page << "<time datetime=\"" << to_string(task.due) << "\">" << long_date(task.due, language)
       << "</time>";
  urgency_tag(page, language, task);
}

struct Shown {
  const Parts& parts;
  const Visit& visit;
  const Names& names;
};

void pick_box(Writer& page, const Shown& shown, const TaskRow& task) {
  if (task.claimed_by) return;
  const std::string id = "pick-" + to_string(task.id);
  page << "<div class=\"govuk-checkboxes govuk-checkboxes--small\"><div "
          "class=\"govuk-checkboxes__item\">"
          "<input class=\"govuk-checkboxes__input\" type=\"checkbox\" name=\"task\" id=\""
       << id << "\" value=\"" << to_string(task.id) << "." << task.version
       << "\"><label class=\"govuk-label govuk-checkboxes__label\" for=\"" << id
       << "\"><span class=\"govuk-visually-hidden\">"
       << msg::desk_pick(shown.visit.language, task.number) << "</span></label></div></div>";
}

void holder_cell(Writer& page, const Shown& shown, const TaskRow& task) {
  const Language language = shown.visit.language;
  if (!task.claimed_by) page << msg::desk_nobody(language);
  else if (*task.claimed_by == shown.visit.officer().id)
    page << "<strong>" << msg::desk_me(language) << "</strong>";
  else page << name_or(shown.names, *task.claimed_by, msg::desk_colleague(language));
}

/// The service, and below it the answers by which its officers may filter.
void service_cell(Writer& page, const Shown& shown, const TaskRow& task) {
  const Language language = shown.visit.language;
  page << page::service_title(shown.parts.casework.packages(), task.service, language);
  const auto package = shown.parts.newest(task.service);
  if (!package) return;
  for (const std::string& pointer : package->queue_filters) {
    const auto title = choice_title(*package, pointer, task.choices, language);
    if (title) page << "<br><span class=\"govuk-hint\">" << *title << "</span>";
  }
}

void task_row(Writer& page, const Shown& shown, std::span<const page::Column> columns,
              const TaskRow& task) {
  const Language language = shown.visit.language;
  page::stacked_row(page, columns, [&](page::Cells& cells) {
    cells.add([&](Writer& c) { pick_box(c, shown, task); });
    cells.head([&](Writer& c) { case_link(c, shown.visit, task.number, task.case_id); });
    cells.add([&](Writer& c) { service_cell(c, shown, task); });
    cells.add([&](Writer& c) {
      c << step_title(shown.parts, task, language) << "<br><span class=\"govuk-hint\">"
        << kind_text(language, task.kind) << "</span>";
    });
    cells.add([&](Writer& c) { due_text(c, language, task); });
    cells.add([&](Writer& c) { holder_cell(c, shown, task); });
  });
}

void task_table(Writer& page, const Shown& shown, const Queue& queue, const Url& back) {
  const Language language = shown.visit.language;
  const std::vector<page::Column> columns{
      {.title = std::string(msg::desk_select(language)), .self_evident = true},
      {.title = std::string(msg::desk_number(language)), .self_evident = true},
      {std::string(msg::desk_service(language))},
      {std::string(msg::desk_step(language))},
      {std::string(msg::desk_due(language))},
      {std::string(msg::desk_holder(language))}};
  page::form(page, shown.visit, shown.visit.url({"desk", "claim"}), [&](Writer& p) {
    page::hidden(p, "return", back.text());
    page::table(p, msg::desk_queue_caption(language, queue.total), columns,
                [&](Writer& rows) {
                  for (const TaskRow& task : queue.tasks) task_row(rows, shown, columns, task);
                },
                {.stacks = true});
    page::button(p, msg::desk_claim_selected(language));
  });
}

/// What is near or past its last day, before the list: by who should act.
void urgent_notice(Writer& page, const Visit& visit, const casework::Urgent& urgent) {
  const Language language = visit.language;
  if (urgent.mine + urgent.unclaimed + urgent.escalated == 0) return;
  const auto item = [&](Writer& p, int count, std::string_view text, std::string_view who) {
    if (count == 0) return;
    Url url = visit.url({"desk"}).with("urgent", "yes");
    if (!who.empty()) url = url.with("who", who);
    p << "<li><a class=\"govuk-notification-banner__link\" href=\"" << url << "\">" << text
      << "</a></li>";
  };
  page::notification_banner(page, language, page::Notice::info, [&](Writer& p) {
    p << "<p class=\"govuk-notification-banner__heading\">" << msg::desk_urgent(language)
      << "</p><ul class=\"govuk-list\">";
    item(p, urgent.mine, msg::desk_urgent_mine(language, urgent.mine), "mine");
    item(p, urgent.unclaimed, msg::desk_urgent_unclaimed(language, urgent.unclaimed), "nobody");
    item(p, urgent.escalated, msg::desk_urgent_escalated(language, urgent.escalated), {});
    p << "</ul>";
  });
}

Result<net::Response> show_queue(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const Asked asked = asked_by(parts, visit);
  MINBEN_TRY(queue, parts.casework.queue(visit.officer(), asked.filter));
  MINBEN_TRY(urgent, parts.casework.urgent(visit.officer()));
  MINBEN_TRY(names, colleagues(parts, visit.officer().agency));
  Frame made = frame(visit, msg::desk_nav_queue(language), Section::queue);
  made.wide = true;
  const Url url = list_url(visit, asked);
  const Shown shown{parts, visit, names};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::desk_nav_queue(language), Size::l);
    if (!asked.filter.urgent_only) urgent_notice(page, visit, urgent);
    filter_form(page, parts, visit, asked);
    if (queue.tasks.empty()) page::paragraph(page, msg::desk_queue_empty(language));
    else task_table(page, shown, queue, url);
    page::pagination(page, language,
                     {.current = asked.page, .count = (queue.total + page_size - 1) / page_size},
                     url);
  });
}

}  // namespace

void add_queue(Pages& pages) { pages.get("/desk", page::access::officer, show_queue); }

}  // namespace minben::desk
