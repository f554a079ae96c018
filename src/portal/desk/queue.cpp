// The queue: what an agency has to do, the earliest due first.
#include "parts.hpp"

namespace minben::desk {

namespace {

using casework::Queue;
using casework::QueueFilter;

constexpr int page_size = 25;

struct Asked {
  QueueFilter filter;
  std::string service, step, who;
  int page = 1;
};

QueueFilter::Claim claim_from(std::string_view who) {
  if (who == "mine") return QueueFilter::Claim::mine;
  if (who == "nobody") return QueueFilter::Claim::nobody;
  if (who == "others") return QueueFilter::Claim::others;
  return QueueFilter::Claim::any;
}

Asked asked_by(const Visit& visit) {
  const net::Form& query = visit.request.query;
  Asked asked;
  asked.service = query.get("service");
  asked.step = query.get("step");
  asked.who = query.get("who");
  if (const auto code = ServiceCode::parse(asked.service)) asked.filter.service = *code;
  if (!asked.step.empty()) asked.filter.step = asked.step;
  asked.filter.claim = claim_from(asked.who);
  asked.filter.overdue_only = query.has("overdue");
  asked.filter.hide_waiting = query.has("active");
  asked.page = static_cast<int>(parse_integer(query.get("page"), 1, 10000).value_or(1));
  asked.filter.offset = (asked.page - 1) * page_size;
  asked.filter.limit = page_size;
  return asked;
}

/// The address of this list with another page or without it.
Url list_url(const Visit& visit, const Asked& asked) {
  Url url = visit.url({"desk"});
  if (!asked.service.empty()) url = url.with("service", asked.service);
  if (!asked.step.empty()) url = url.with("step", asked.step);
  if (!asked.who.empty()) url = url.with("who", asked.who);
  if (asked.filter.overdue_only) url = url.with("overdue", "yes");
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
  page::select(page, field("step", msg::desk_step(language)), steps(parts, visit, asked));
  page::select(page, field("who", msg::desk_holder(language)), holders);
  page << "<div class=\"mb-filter__ticks\">";
  page::checkbox(page, field("overdue", msg::desk_overdue_only(language)),
                 asked.filter.overdue_only);
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
  if (task.waiting_for_applicant) {
    page << " ";
    page::tag(page, msg::desk_waiting(language), Tone::waiting);
  } else if (task.overdue) {
    page << " ";
    page::tag(page, msg::desk_overdue(language), Tone::bad);
  }
}

struct Shown {
  const Parts& parts;
  const Visit& visit;
  const Names& names;
};

void select_cell(Writer& page, const Shown& shown, const TaskRow& task) {
  page << "<td class=\"govuk-table__cell\">";
  if (!task.claimed_by) {
    const std::string id = "pick-" + to_string(task.id);
    page << "<div class=\"govuk-checkboxes govuk-checkboxes--small\"><div "
            "class=\"govuk-checkboxes__item\">"
            "<input class=\"govuk-checkboxes__input\" type=\"checkbox\" name=\"task\" id=\""
         << id << "\" value=\"" << to_string(task.id) << "." << task.version
         << "\"><label class=\"govuk-label govuk-checkboxes__label\" for=\"" << id
         << "\"><span class=\"govuk-visually-hidden\">"
         << msg::desk_pick(shown.visit.language, task.number) << "</span></label></div></div>";
  }
  page << "</td>";
}

void holder_cell(Writer& page, const Shown& shown, const TaskRow& task) {
  const Language language = shown.visit.language;
  if (!task.claimed_by) page << msg::desk_nobody(language);
  else if (*task.claimed_by == shown.visit.officer().id)
    page << "<strong>" << msg::desk_me(language) << "</strong>";
  else page << name_or(shown.names, *task.claimed_by, msg::desk_colleague(language));
}

void task_row(Writer& page, const Shown& shown, const TaskRow& task) {
  const Language language = shown.visit.language;
  page::row(page, [&](Writer& r) {
    select_cell(r, shown, task);
    r << "<th scope=\"row\" class=\"govuk-table__header mb-tabular\">";
    page::link(r, task.number, case_url(shown.visit, task.case_id));
    r << "</th>";
    page::cell(r, service_title(shown.parts, task.service, language));
    page::cell(r, [&](Writer& c) {
      c << step_title(shown.parts, task, language) << "<br><span class=\"govuk-hint\">"
        << kind_text(language, task.kind) << "</span>";
    });
    page::cell(r, [&](Writer& c) { due_text(c, language, task); });
    page::cell(r, [&](Writer& c) { holder_cell(c, shown, task); });
  });
}

void task_table(Writer& page, const Shown& shown, const Queue& queue, const Url& back) {
  const Language language = shown.visit.language;
  const std::vector<page::Column> columns{
      {std::string(msg::desk_select(language))},  {std::string(msg::desk_number(language))},
      {std::string(msg::desk_service(language))}, {std::string(msg::desk_step(language))},
      {std::string(msg::desk_due(language))},     {std::string(msg::desk_holder(language))}};
  page::form(page, shown.visit, shown.visit.url({"desk", "claim"}), [&](Writer& p) {
    page::hidden(p, "return", back.text());
    page::table(p, msg::desk_queue_caption(language, queue.total), columns, [&](Writer& rows) {
      for (const TaskRow& task : queue.tasks) task_row(rows, shown, task);
    });
    page::button(p, msg::desk_claim_selected(language));
  });
}

Result<net::Response> show_queue(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const Asked asked = asked_by(visit);
  MINBEN_TRY(queue, parts.casework.queue(visit.officer(), asked.filter));
  MINBEN_TRY(names, colleagues(parts, visit.officer().agency));
  Frame made = frame(visit, msg::desk_nav_queue(language), Section::queue);
  made.wide = true;
  const Url url = list_url(visit, asked);
  const Shown shown{parts, visit, names};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::desk_nav_queue(language), Size::l);
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
