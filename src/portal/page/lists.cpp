// Summary lists, tables, task lists, tabs, timelines, steps, pagination.
#include "components.hpp"
#include "core/digits.hpp"
#include "messages/common.hpp"

namespace minben::page {

namespace {

void action_link(Writer& page, const Action& action) {
  page << "<a class=\"govuk-link\" href=\"" << action.url << "\">" << action.text
       << "<span class=\"govuk-visually-hidden\"> " << action.about << "</span></a>";
}

void actions_cell(Writer& page, std::span<const Action> actions) {
  if (actions.empty()) return;
  page << "<dd class=\"govuk-summary-list__actions\">";
  if (actions.size() == 1) {
    action_link(page, actions.front());
  } else {
    page << "<ul class=\"govuk-summary-list__actions-list\">";
    for (const Action& action : actions) {
      page << "<li class=\"govuk-summary-list__actions-list-item\">";
      action_link(page, action);
      page << "</li>";
    }
    page << "</ul>";
  }
  page << "</dd>";
}

void page_link(Writer& page, Language language, const Pagination& pages, const Url& base,
               int number) {
  const bool here = number == pages.current;
  page << "<li class=\"govuk-pagination__item" << when(here, " govuk-pagination__item--current")
       << "\"><a class=\"govuk-link govuk-pagination__link\" href=\""
       << base.with(pages.name, std::to_string(number)) << "\" aria-label=\""
       << msg::page_number(language, number) << "\"" << when(here, " aria-current=\"page\"") << ">"
       << group_digits(number) << "</a></li>";
}

void neighbour_link(Writer& page, const Pagination& pages, const Url& base, bool next,
                    std::string_view text) {
  const int number = pages.current + (next ? 1 : -1);
  page << "<div" << when(next, " class=\"govuk-pagination__next\"")
       << when(!next, " class=\"govuk-pagination__prev\"")
       << "><a class=\"govuk-link govuk-pagination__link\" href=\""
       << base.with(pages.name, std::to_string(number)) << "\"" << when(next, " rel=\"next\"")
       << when(!next, " rel=\"prev\"") << "><span class=\"govuk-pagination__link-title\">" << text
       << "</span></a></div>";
}

bool is_shown(const Pagination& pages, int number) {
  return number == 1 || number == pages.count || std::abs(number - pages.current) <= 1;
}

void progress_class(Writer& page, Progress progress) {
  page << when(progress == Progress::done, "--done")
       << when(progress == Progress::current, "--current")
       << when(progress == Progress::ahead, "--ahead");
}

std::string_view progress_text(Language language, Progress progress) {
  switch (progress) {
    case Progress::done:
      return msg::step_done(language);
    case Progress::current:
      return msg::step_current(language);
    case Progress::ahead:
      return msg::step_ahead(language);
  }
  return {};
}

}  // namespace

void pagination(Writer& page, Language language, const Pagination& pages, const Url& base) {
  if (pages.count <= 1) return;
  page << "<nav class=\"govuk-pagination\" aria-label=\"" << msg::pagination(language) << "\">";
  if (pages.current > 1) neighbour_link(page, pages, base, false, msg::previous_page(language));
  page << "<ul class=\"govuk-pagination__list\">";
  bool gap = false;
  for (int number = 1; number <= pages.count; ++number) {
    if (is_shown(pages, number)) {
      page_link(page, language, pages, base, number);
      gap = false;
    } else if (!gap) {
      page << "<li class=\"govuk-pagination__item govuk-pagination__item--ellipsis\">⋯</li>";
      gap = true;
    }
  }
  page << "</ul>";
  if (pages.current < pages.count)
    neighbour_link(page, pages, base, true, msg::next_page(language));
  page << "</nav>";
}

void summary_list(Writer& page, Content rows) {
  page << "<dl class=\"govuk-summary-list\">";
  rows(page);
  page << "</dl>";
}

void summary_row(Writer& page, std::string_view key, Content value,
                 std::span<const Action> actions) {
  page << "<div class=\"govuk-summary-list__row"
       << when(actions.empty(), " govuk-summary-list__row--no-actions")
       << "\"><dt class=\"govuk-summary-list__key\">" << key
       << "</dt><dd class=\"govuk-summary-list__value\">";
  value(page);
  page << "</dd>";
  actions_cell(page, actions);
  page << "</div>";
}

void summary_row(Writer& page, std::string_view key, std::string_view value,
                 std::span<const Action> actions) {
  const auto lines = [value](Writer& p) { p.lines(value); };
  summary_row(page, key, Content(lines), actions);
}

void table(Writer& page, std::string_view caption, std::span<const Column> columns, Content rows,
           TableStyle style) {
  const bool stacks = style.stacks;
  page << "<div class=\"mb-table-scroll" << when(stacks, " mb-table--stacks")
       << "\" role=\"region\" tabindex=\"0\" aria-label=\"" << caption
       << "\"><table class=\"govuk-table\"" << when(stacks, " role=\"table\"")
       << "><caption class=\"govuk-table__caption govuk-table__caption--m"
       << when(style.caption_hidden, " govuk-visually-hidden") << "\">" << caption
       << "</caption><thead class=\"govuk-table__head\"" << when(stacks, " role=\"rowgroup\"")
       << "><tr class=\"govuk-table__row\"" << when(stacks, " role=\"row\"") << ">";
  for (const Column& column : columns)
    page << "<th scope=\"col\"" << when(stacks, " role=\"columnheader\"")
         << " class=\"govuk-table__header" << when(column.numeric, " govuk-table__header--numeric")
         << "\">" << column.title << "</th>";
  page << "</tr></thead><tbody class=\"govuk-table__body\"" << when(stacks, " role=\"rowgroup\"")
       << ">";
  rows(page);
  page << "</tbody></table></div>";
}

void Cells::begin(bool head) {
  MINBEN_ASSERT(next_ < columns_.size());
  const Column& column = columns_[next_++];
  if (head) page_ << "<th scope=\"row\" role=\"rowheader\" class=\"govuk-table__header";
  else page_ << "<td role=\"cell\" class=\"govuk-table__cell";
  page_ << when(column.numeric && !head, " govuk-table__cell--numeric") << "\">";
  if (!column.self_evident)
    page_ << "<span class=\"mb-cell-title\" aria-hidden=\"true\">" << column.title << "</span>";
  page_ << "<div class=\"mb-cell\">";
}

void Cells::head(Content content) {
  begin(true);
  content(page_);
  page_ << "</div></th>";
}

void Cells::add(Content content) {
  begin(false);
  content(page_);
  page_ << "</div></td>";
}

void Cells::add(std::string_view text) {
  const auto lines = [text](Writer& p) { p.lines(text); };
  add(Content(lines));
}

void row(Writer& page, Content cells) {
  page << "<tr class=\"govuk-table__row\">";
  cells(page);
  page << "</tr>";
}

void cell(Writer& page, Content content, bool numeric) {
  page << "<td class=\"govuk-table__cell" << when(numeric, " govuk-table__cell--numeric") << "\">";
  content(page);
  page << "</td>";
}

void cell(Writer& page, std::string_view text, bool numeric) {
  const auto lines = [text](Writer& p) { p.lines(text); };
  cell(page, Content(lines), numeric);
}

void head_cell(Writer& page, std::string_view text) {
  page << "<th scope=\"row\" class=\"govuk-table__header\">" << text << "</th>";
}

void task_list(Writer& page, Content tasks) {
  page << "<ul class=\"govuk-task-list\">";
  tasks(page);
  page << "</ul>";
}

void task(Writer& page, const Task& task) {
  const std::string state_id = task.id + "-state";
  page << "<li class=\"govuk-task-list__item"
       << when(task.url.has_value(), " govuk-task-list__item--with-link")
       << "\"><div class=\"govuk-task-list__name-and-hint\">";
  if (task.url)
    page << "<a class=\"govuk-link govuk-task-list__link\" href=\"" << *task.url
         << "\" aria-describedby=\"" << state_id << "\">" << task.title << "</a>";
  else page << "<div>" << task.title << "</div>";
  if (!task.hint.empty()) page << "<div class=\"govuk-task-list__hint\">" << task.hint << "</div>";
  page << "</div><div class=\"govuk-task-list__status\" id=\"" << state_id << "\">";
  tag(page, task.state, task.tone);
  page << "</div></li>";
}

void tabs(Writer& page, std::string_view title, std::initializer_list<Tab> tabs) {
  page << "<div class=\"govuk-tabs\" data-island=\"tabs\"><h2 class=\"govuk-tabs__title\">" << title
       << "</h2><ul class=\"govuk-tabs__list\">";
  for (const Tab& tab : tabs)
    page << "<li class=\"govuk-tabs__list-item"
         << when(&tab == tabs.begin(), " govuk-tabs__list-item--selected")
         << "\"><a class=\"govuk-tabs__tab\" href=\"" << Url::anchor(tab.id) << "\">" << tab.label
         << "</a></li>";
  page << "</ul>";
  for (const Tab& tab : tabs) {
    page << "<div class=\"govuk-tabs__panel\" id=\"" << tab.id << "\">";
    tab.content(page);
    page << "</div>";
  }
  page << "</div>";
}

void timeline(Writer& page, Content items) {
  page << "<ol class=\"mb-timeline\">";
  items(page);
  page << "</ol>";
}

void timeline_item(Writer& page, const TimelineItem& item, Content more) {
  page << "<li class=\"mb-timeline__item mb-timeline__item";
  progress_class(page, item.progress);
  page << "\"" << when(item.progress == Progress::current, " aria-current=\"step\"")
       << "><p class=\"mb-timeline__title\">" << item.title << "</p>";
  if (!item.time.empty() || !item.by.empty()) {
    page << "<p class=\"mb-timeline__meta\">";
    if (!item.machine_time.empty())
      page << "<time datetime=\"" << item.machine_time << "\">" << item.time << "</time>";
    else page << item.time;
    page << when(!item.time.empty() && !item.by.empty(), " · ") << item.by << "</p>";
  }
  page << "<div class=\"mb-timeline__more\">";
  more(page);
  page << "</div></li>";
}

void progress_steps(Writer& page, Language language, std::string_view label,
                    std::span<const Step> steps) {
  page << "<ol class=\"mb-steps\" aria-label=\"" << label << "\">";
  for (const Step& step : steps) {
    page << "<li class=\"mb-steps__item mb-steps__item";
    progress_class(page, step.progress);
    page << "\"" << when(step.progress == Progress::current, " aria-current=\"step\"")
         << "><span class=\"mb-steps__title\">" << step.title
         << "</span><span class=\"mb-steps__state\">" << progress_text(language, step.progress)
         << "</span>";
    if (!step.detail.empty())
      page << "<span class=\"mb-steps__detail\">" << step.detail << "</span>";
    page << "</li>";
  }
  page << "</ol>";
}

}  // namespace minben::page
