// For owners of a service: versions that run, cases that are stuck, and operations on all of them.
#include <fmt/format.h>

#include "operations.hpp"
#include "page/slices.hpp"

namespace minben::desk {

using casework::HandOperation;

Result<ServiceCode> service_of(const Visit& visit) {
  auto code = ServiceCode::parse(visit.request.parameter("service"));
  if (!code) return fail(Kind::not_found, "unknown_service");
  return code;
}

Url operations_url(const Visit& visit, const ServiceCode& service,
                   std::initializer_list<std::string_view> more) {
  return visit.url({"desk", "services", service.value, "operations"}).below(more);
}

std::string in_words(const std::string& code, const std::string& detail) {
  return detail.empty() ? code : code + ": " + detail;
}

Frame operations_frame(const Parts& parts, const Visit& visit, const ServiceCode& service,
                       std::string_view title, std::vector<page::Link> above) {
  const Language language = visit.language;
  Frame made = frame(visit, title, Section::figures);
  made.wide = true;
  const auto operations = msg::desk_ops_title(
      language, page::service_title(parts.casework.packages(), service, language));
  made.trail = {{std::string(msg::desk_nav_figures(language)), visit.url({"desk", "figures"})},
                {operations, operations_url(visit, service)}};
  std::ranges::move(above, std::back_inserter(made.trail));
  if (title != operations) made.trail.push_back({std::string(title), visit.url({"desk"})});
  return made;
}

void cause_in_words(Writer& page, const std::string& code, const std::string& detail) {
  page << "<span lang=\"en\">" << in_words(code, detail) << "</span>";
}

namespace {

std::string what_by_hand(Language language, const HandOperation& one) {
  if (one.kind == HandOperation::Kind::modify)
    return msg::desk_ops_hand_modified(language, one.from.in(language), one.to.in(language));
  if (one.still_stuck.empty()) return msg::desk_ops_hand_retried(language, one.from.in(language));
  return msg::desk_ops_hand_retried_in_vain(language, one.still_stuck, one.from.in(language));
}

}  // namespace

void hand_operations(Writer& page, const Visit& visit, const ServiceCode& service,
                     const Names& names, std::span<const HandOperation> list, bool of_one_case) {
  const Language language = visit.language;
  const auto caption =
      of_one_case ? msg::desk_repair_by_hand(language) : msg::desk_ops_by_hand(language);
  if (list.empty()) {
    page::heading(page, 2, caption);
    return page::paragraph(page, msg::desk_ops_no_log(language));
  }
  std::vector<page::Column> columns{
      {.title = std::string(msg::desk_ops_what(language)), .self_evident = true},
      {std::string(msg::desk_ops_when(language))},
      {std::string(msg::desk_ops_who(language))},
      {std::string(msg::desk_ops_reason(language))}};
  if (!of_one_case) columns.push_back({std::string(msg::desk_number(language))});
  page::table(page, caption, columns,
              [&](Writer& rows) {
                for (const HandOperation& one : list)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) { c << what_by_hand(language, one); });
                    cells.add(long_time(one.at, language));
                    cells.add(name_or(names, one.officer, msg::desk_colleague(language)));
                    cells.add([&](Writer& c) {
                      if (one.reason_erased) c << msg::desk_ops_reason_erased(language);
                      else if (one.reason.empty()) c << "–";
                      else c.lines(one.reason);
                    });
                    if (of_one_case) return;
                    cells.add([&](Writer& c) {
                      page::link(c, one.number,
                                 operations_url(visit, service, {"cases", to_string(one.case_id)}));
                    });
                  });
              },
              {.stacks = true});
}

namespace {

using casework::StuckCase;
using process::Batch;
using Doing = process::Operation::Kind;

constexpr int lines_on_a_page = 20;

std::string what(Language language, const Batch& batch) {
  const auto& operation = batch.operation;
  switch (operation.kind) {
    case Doing::migrate:
      return operation.dry_run
                 ? msg::desk_ops_rehearsed(language, operation.version, operation.to_version)
                 : msg::desk_ops_moved(language, operation.version, operation.to_version);
    case Doing::retry:
      return std::string(msg::desk_ops_retried(language));
    case Doing::suspend:
      return std::string(msg::desk_ops_suspended(language));
    case Doing::resume:
      return std::string(msg::desk_ops_resumed(language));
    case Doing::cancel:
      return std::string(msg::desk_ops_cancelled(language));
  }
  return {};
}

page::Column figure(std::string_view title) { return page::Column{std::string(title), true}; }

void move_form(Writer& page, const Visit& visit, const ServiceCode& service, int version) {
  page::form(page, visit, operations_url(visit, service, {"move"}), [&](Writer& p) {
    p << "<input type=\"hidden\" name=\"version\" value=\"" << std::to_string(version) << "\">";
    page::button_group(p, [&](Writer& group) {
      for (const bool rehearse : {true, false})
        page::button(group, {.text = std::string(rehearse ? msg::desk_ops_rehearse(visit.language)
                                                          : msg::desk_ops_move(visit.language)),
                             .style = page::ButtonStyle::secondary,
                             .name = "how",
                             .value = rehearse ? "rehearse" : "move"});
    });
  });
}

void versions(Writer& page, const Visit& visit, const casework::OperationsView& view) {
  const Language language = visit.language;
  const std::vector<page::Column> columns{
      {.title = std::string(msg::desk_ops_version(language)), .self_evident = true},
      {std::string(msg::desk_ops_since(language))},
      figure(msg::desk_ops_running(language)),
      {std::string(msg::desk_ops_act(language))}};
  page::table(page, msg::desk_ops_versions(language), columns,
              [&](Writer& rows) {
                for (const auto& each : view.versions)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) { c << std::to_string(each.number); });
                    cells.add(long_time(each.served_since, language));
                    cells.add(std::to_string(each.running));
                    cells.add([&](Writer& c) {
                      if (each.newest) c << msg::desk_ops_newest(language);
                      else if (each.running > 0)
                        move_form(c, visit, view.package->code, each.number);
                      else c << "–";
                    });
                  });
              },
              {.stacks = true});
}

void stuck_table(Writer& page, const Visit& visit, const ServiceCode& service,
                 std::string_view caption, std::span<const StuckCase> stuck) {
  const Language language = visit.language;
  const std::vector<page::Column> columns{
      {.title = std::string(msg::desk_number(language)), .self_evident = true},
      {std::string(msg::desk_repair_place(language))},
      {std::string(msg::desk_ops_cause(language))}};
  page::table(page, caption, columns,
              [&](Writer& rows) {
                for (const StuckCase& one : stuck)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) {
                      page::link(c, one.number,
                                 operations_url(visit, service, {"cases", to_string(one.id)}));
                    });
                    const std::string& place = one.place.in(language);
                    cells.add(place.empty() ? std::string("–") : place);
                    cells.add([&](Writer& c) { cause_in_words(c, one.code, one.detail); });
                  });
              },
              {.stacks = true});
}

void incidents(Writer& page, const Visit& visit, const casework::OperationsView& view) {
  const Language language = visit.language;
  if (view.stuck.empty()) {
    page::heading(page, 2, msg::desk_ops_stuck(language));
    return page::paragraph(page, msg::desk_ops_nothing_stuck(language));
  }
  stuck_table(page, visit, view.package->code, msg::desk_ops_stuck(language), view.stuck);
  page::form(page, visit, operations_url(visit, view.package->code, {"retry"}), [&](Writer& p) {
    page::button(p, {.text = std::string(msg::desk_ops_retry_all(language)),
                     .style = page::ButtonStyle::secondary});
  });
}

std::string who(Language language, const Names& names, std::string_view actor) {
  constexpr std::string_view officers = "officer:";
  const auto id =
      OfficerId::parse(actor.starts_with(officers) ? actor.substr(officers.size()) : "");
  return id ? name_or(names, *id, msg::desk_colleague(language)) : std::string(actor);
}

void log(Writer& page, const Visit& visit, const casework::OperationsView& view,
         const Names& names) {
  const Language language = visit.language;
  if (view.batches.empty()) {
    page::heading(page, 2, msg::desk_ops_log(language));
    return page::paragraph(page, msg::desk_ops_no_log(language));
  }
  const std::vector<page::Column> columns{
      {.title = std::string(msg::desk_ops_what(language)), .self_evident = true},
      {std::string(msg::desk_ops_when(language))},
      {std::string(msg::desk_ops_who(language))},
      figure(msg::desk_ops_waiting(language)),
      figure(msg::desk_ops_done(language)),
      figure(msg::desk_ops_failed(language))};
  page::table(page, msg::desk_ops_log(language), columns,
              [&](Writer& rows) {
                for (const Batch& batch : view.batches)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) {
                      page::link(c, what(language, batch),
                                 operations_url(visit, view.package->code, {to_string(batch.id)}));
                    });
                    cells.add(long_time(batch.at, language));
                    cells.add(who(language, names, batch.actor));
                    for (const auto count : {batch.waiting, batch.done, batch.failed})
                      cells.add(std::to_string(count));
                  });
              },
              {.stacks = true});
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(service, service_of(visit));
  MINBEN_TRY(view, operations(parts).look(visit.officer(), service));
  const int number = page::asked_page(visit.request.query);
  MINBEN_TRY(by_hand, operations(parts).by_hand(visit.officer(), service,
                                                (number - 1) * lines_on_a_page, lines_on_a_page));
  MINBEN_TRY(names, colleagues(parts, visit.officer().agency));
  const auto title = msg::desk_ops_title(
      language, page::service_title(parts.casework.packages(), service, language));
  return html_page(visit, operations_frame(parts, visit, service, title), [&](Writer& page) {
    page::heading(page, 1, title, Size::l);
    page::paragraph(page, msg::desk_ops_intro(language));
    incidents(page, visit, view);
    versions(page, visit, view);
    log(page, visit, view, names);
    hand_operations(page, visit, service, names, by_hand.list, false);
    const int pages = (by_hand.total + lines_on_a_page - 1) / lines_on_a_page;
    page::pagination(page, language, {number, pages}, operations_url(visit, service));
  });
}

Result<net::Response> retry(const Parts& parts, Visit& visit) {
  MINBEN_TRY(service, service_of(visit));
  MINBEN_TRY(batch, operations(parts).retry(visit.officer(), service));
  return page::redirect(operations_url(visit, service, {to_string(batch.id)}));
}

Result<net::Response> move(const Parts& parts, Visit& visit) {
  MINBEN_TRY(service, service_of(visit));
  const auto version = parse_integer(visit.request.form.get("version"), 1, 1'000'000);
  if (!version) return fail(Kind::invalid, "unknown_version", "", "version");
  const bool rehearse = visit.request.form.get("how") != "move";
  MINBEN_TRY(batch, operations(parts).move(visit.officer(), service, static_cast<int>(*version),
                                           rehearse));
  return page::redirect(operations_url(visit, service, {to_string(batch.id)}));
}

void progress(Writer& page, Language language, const Batch& batch) {
  const auto all = batch.waiting + batch.done + batch.failed;
  page << "<dl class=\"mb-facts\">";
  const auto fact = [&](std::string_view name, std::int64_t value) {
    page << "<div class=\"mb-fact\"><dt>" << name << "</dt><dd>" << std::to_string(value)
         << "</dd></div>";
  };
  fact(msg::desk_ops_waiting(language), batch.waiting);
  fact(msg::desk_ops_done(language), batch.done);
  fact(msg::desk_ops_failed(language), batch.failed);
  page << "</dl>";
  if (batch.finished)
    return page::paragraph(page, msg::desk_ops_finished(language, *batch.finished));
  page::paragraph(page, msg::desk_ops_under_way(language, all, all - batch.waiting));
}

Result<net::Response> show_batch(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(service, service_of(visit));
  const auto id = process::BatchId::parse(visit.request.parameter("batch"));
  if (!id) return fail(Kind::not_found, "no_such_batch");
  MINBEN_TRY(view, operations(parts).batch(visit.officer(), service, *id));
  const auto title = what(language, view.batch);
  const Frame made = operations_frame(parts, visit, service, title);
  auto response = html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, title, Size::l);
    progress(page, language, view.batch);
    if (view.causes.empty()) return;
    page::heading(page, 2, msg::desk_ops_causes(language));
    page << "<ul class=\"govuk-list govuk-list--bullet\">";
    for (const auto& cause : view.causes)
      page << "<li>"
           << msg::desk_ops_cause_of(language, in_words(cause.code, cause.detail), cause.instances)
           << "</li>";
    page << "</ul>";
    stuck_table(page, visit, service, msg::desk_ops_failed_cases(language), view.failed);
  });
  if (!view.batch.finished) response.headers.set("Refresh", "2");  // progress, also without script
  return response;
}

}  // namespace

/// Casework asks whether the officer owns the service.
void add_operations(Pages& pages) {
  using page::access::officer;
  constexpr std::string_view base = "/desk/services/{service}/operations";
  pages.get(std::string(base), officer, show);
  pages.get(fmt::format("{}/{{batch}}", base), officer, show_batch);
  pages.post(fmt::format("{}/retry", base), officer, retry);
  pages.post(fmt::format("{}/move", base), officer, move);
}

}  // namespace minben::desk
