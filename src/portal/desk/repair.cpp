// One case in its service owner's hands: where it stands, another try, and going on at another step
// after seeing what that would do.
#include <fmt/format.h>

#include "operations.hpp"

namespace minben::desk {

namespace {

using casework::CaseAtHand;
using casework::Foreseen;
using casework::Modification;
using casework::Place;

constexpr std::size_t longest_reason = Modification::longest_reason;

/// What came with the form, as it was typed.
struct Typed {
  std::string leave, go_on_at, note;
  std::vector<page::ErrorLine> errors;

  [[nodiscard]] std::string error_of(std::string_view field) const {
    for (const auto& line : errors)
      if (line.field == field) return line.text;
    return {};
  }
};

Url repair_url(const Visit& visit, const ServiceCode& service, CaseId id,
               std::string_view more = {}) {
  const Url url = operations_url(visit, service, {"cases", to_string(id)});
  return more.empty() ? url : url.below({more});
}

std::string_view waiting_words(Language language, const Place& place) {
  if (place.incident) return msg::desk_repair_stuck(language);
  switch (place.waiting) {
    case process::Waiting::user:
      return msg::desk_repair_waits_officer(language);
    case process::Waiting::service:
      return msg::desk_repair_waits_system(language);
    case process::Waiting::join:
      return msg::desk_repair_waits_others(language);
    case process::Waiting::event:
      return msg::desk_repair_waits_event(language);
    default:
      return msg::desk_repair_under_way(language);
  }
}

void places(Writer& page, const Visit& visit, const CaseAtHand& view) {
  const Language language = visit.language;
  const std::vector<page::Column> columns{
      {.title = std::string(msg::desk_repair_place(language)), .self_evident = true},
      {std::string(msg::desk_state(language))},
      {std::string(msg::desk_repair_since(language))},
      {std::string(msg::desk_ops_cause(language))}};
  page::table(page, msg::desk_repair_places(language), columns,
              [&](Writer& rows) {
                for (const Place& place : view.places)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) { c << place.name.in(language); });
                    cells.add(waiting_words(language, place));
                    cells.add(long_time(place.since, language));
                    cells.add([&](Writer& c) {
                      if (!place.incident) c << "–";
                      else cause_in_words(c, place.incident->code, place.incident->detail);
                    });
                  });
              },
              {.stacks = true});
}

void retry_form(Writer& page, const Visit& visit, const ServiceCode& service,
                const CaseAtHand& view) {
  if (std::ranges::none_of(view.places, [](const Place& one) { return one.incident.has_value(); }))
    return;
  page::form(page, visit, repair_url(visit, service, view.id, "retry"), [&](Writer& p) {
    page::button(p, {.text = std::string(msg::desk_repair_retry(visit.language)),
                     .style = page::ButtonStyle::secondary});
  });
}

std::vector<page::Choice> places_to_leave(Language language, const CaseAtHand& view,
                                          const Typed& typed) {
  std::vector<page::Choice> choices;
  for (const Place& place : view.places) {
    if (place.targets.empty()) continue;
    const auto token = std::to_string(place.token);
    choices.push_back({token, place.name.in(language), std::string(waiting_words(language, place)),
                       typed.leave == token});
  }
  if (choices.size() == 1) choices.front().chosen = true;
  return choices;
}

std::vector<page::Choice> steps_to_go_on_at(const Visit& visit, const CaseAtHand& view,
                                            const Typed& typed) {
  std::vector<page::Choice> choices;
  for (const casework::Step& step : view.package->steps) {
    const auto leads_here = [&](const Place& place) {
      return std::ranges::find(place.targets, step.id) != place.targets.end();
    };
    if (std::ranges::none_of(view.places, leads_here)) continue;
    choices.push_back(
        {step.id, step.title.in(visit.language),
         step.agency ? visit.agency(*step.agency) : std::string(msg::desk_ministry(visit.language)),
         typed.go_on_at == step.id});
  }
  return choices;
}

void modify_form(Writer& page, const Visit& visit, const ServiceCode& service,
                 const CaseAtHand& view, const Typed& typed) {
  const Language language = visit.language;
  const auto to_leave = places_to_leave(language, view, typed);
  page::heading(page, 2, msg::desk_repair_modify(language));
  if (view.unmovable)
    return page::paragraph(page, page::error_text(language, view.unmovable->code));
  if (to_leave.empty()) return page::paragraph(page, msg::desk_repair_fixed(language));
  page::paragraph(page, msg::desk_repair_modify_text(language));
  page::form(page, visit, repair_url(visit, service, view.id, "modification"), [&](Writer& p) {
    page::hidden(p, "version", std::to_string(view.version));
    page::radios(p,
                 {.name = "leave",
                  .label = std::string(msg::desk_repair_leave(language)),
                  .hint = {},
                  .error = typed.error_of("leave")},
                 to_leave);
    page::radios(p,
                 {.name = "go_on_at",
                  .label = std::string(msg::desk_repair_go_on(language)),
                  .hint = {},
                  .error = typed.error_of("go_on_at")},
                 steps_to_go_on_at(visit, view, typed));
    page::textarea(
        p, language,
        {.name = "note",
         .label = std::string(msg::desk_repair_reason(language)),
         .hint = std::string(msg::desk_repair_reason_hint(language)),
         .error = typed.error_of("note")},
        {.value = typed.note, .rows = 4, .max_characters = static_cast<int>(longest_reason)});
    page::button(p, msg::desk_repair_look_ahead(language));
  });
}

void facts(Writer& page, const Visit& visit, const Parts& parts, const CaseAtHand& view) {
  const Language language = visit.language;
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::desk_number(language), [&](Writer& p) {
      const bool sees = parts.casework.may_see(visit.officer(), view.id).has_value();
      if (sees) case_link(p, visit, view.number, view.id);
      else p << view.number;
    });
    page::summary_row(list, msg::desk_state(language),
                      [&](Writer& p) { state_tag(p, language, view.state); });
  });
}

Result<net::Response> repair_page(const Parts& parts, const Visit& visit,
                                  const ServiceCode& service, const CaseAtHand& view,
                                  const Typed& typed) {
  const Language language = visit.language;
  MINBEN_TRY(names, colleagues(parts, visit.officer().agency));
  const auto title = msg::desk_repair_title(language, view.number);
  Frame made = operations_frame(parts, visit, service, title);
  made.diagram = true;
  made.errors = typed.errors;
  casework::CaseView stands;  // what the diagram shows of it
  for (const Place& place : view.places) stands.active_elements.push_back(place.element);
  stands.passed_elements = view.passed_elements;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        facts(page, visit, parts, view);
        if (!view.places.empty()) {
          page::diagram(page, msg::desk_diagram(language),
                        repair_url(visit, service, view.id, "process.bpmn"), stands);
          places(page, visit, view);
          retry_form(page, visit, service, view);
        }
        modify_form(page, visit, service, view, typed);
        hand_operations(page, visit, service, names, view.operations, true);
      },
      typed.errors.empty() ? 200 : 422);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(service, service_of(visit));
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(view, operations(parts).case_at_hand(visit.officer(), service, id));
  return repair_page(parts, visit, service, view, {});
}

Result<net::Response> send_process(const Parts& parts, Visit& visit) {
  MINBEN_TRY(service, service_of(visit));
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(view, operations(parts).case_at_hand(visit.officer(), service, id));
  return page::download(view.package->process_xml, "application/xml", "process.bpmn");
}

Result<net::Response> retry(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(service, service_of(visit));
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(again, operations(parts).retry_case(visit.officer(), service, id));
  const auto there = repair_url(visit, service, id);
  if (!again)
    return page::redirect_with(visit, there, page::Notice::success,
                               msg::desk_repair_retried(language));
  return page::redirect_with(
      visit, there, page::Notice::info,
      msg::desk_repair_still_stuck(language, in_words(again->code, again->detail)));
}

// ------------------------------------------------------------------------------ modification

Typed read_form(const Visit& visit) {
  const Language language = visit.language;
  const net::Form& form = visit.request.form;
  Typed typed{std::string(form.get("leave")),
              std::string(form.get("go_on_at")),
              std::string(trim(form.get("note"))),
              {}};
  if (!parse_integer(typed.leave, 1))
    typed.errors.push_back({"leave", std::string(msg::desk_repair_leave_missing(language))});
  if (typed.go_on_at.empty())
    typed.errors.push_back({"go_on_at", std::string(msg::desk_repair_go_on_missing(language))});
  if (typed.note.empty())
    typed.errors.push_back({"note", std::string(msg::desk_repair_reason_missing(language))});
  if (length_in_characters(typed.note) > longest_reason)
    typed.errors.push_back({"note", msg::desk_note_too_long(language, longest_reason)});
  return typed;
}

/// What casework found wrong with the choice; its other errors are no matter of the form.
std::optional<page::ErrorLine> line_of(Language language, const Error& error) {
  if (error.code == "unknown_place")
    return page::ErrorLine{"leave", std::string(msg::desk_repair_leave_missing(language))};
  if (error.code == "unknown_target")
    return page::ErrorLine{"go_on_at", std::string(msg::desk_repair_go_on_wrong(language))};
  if (error.field == "note")
    return page::ErrorLine{"note", msg::desk_note_too_long(language, longest_reason)};
  return std::nullopt;
}

void work(Writer& page, const Visit& visit, const CaseAtHand& view, std::string_view caption,
          std::string_view nothing, std::span<const Foreseen::Work> list, bool ends) {
  const Language language = visit.language;
  if (list.empty()) {
    page::heading(page, 2, caption);
    return page::paragraph(page, nothing);
  }
  std::vector<page::Column> columns{
      {.title = std::string(msg::desk_step(language)), .self_evident = true},
      {std::string(msg::desk_agency(language))}};
  if (ends) columns.push_back({std::string(msg::desk_holder(language))});
  page::table(
      page, caption, columns,
      [&](Writer& rows) {
        for (const Foreseen::Work& one : list)
          page::stacked_row(rows, columns, [&](page::Cells& cells) {
            cells.head(
                [&](Writer& c) { c << page::step_title(*view.package, one.step, language); });
            cells.add(visit.agency(one.agency));
            if (ends)
              cells.add(one.taken ? msg::desk_repair_taken(language) : msg::desk_nobody(language));
          });
      },
      {.stacks = true});
}

net::Response confirm_page(const Parts& parts, const Visit& visit, const ServiceCode& service,
                           const CaseAtHand& view, const Modification& change,
                           const Foreseen& foreseen) {
  const Language language = visit.language;
  const auto title = msg::desk_repair_confirm_title(language, view.number);
  const auto there = repair_url(visit, service, view.id);
  const Frame made = operations_frame(parts, visit, service, title,
                                      {{msg::desk_repair_title(language, view.number), there}});
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, title, Size::l);
    page::paragraph(page, msg::desk_repair_confirm_text(language));
    page::summary_list(page, [&](Writer& list) {
      page::summary_row(list, msg::desk_repair_leave(language), foreseen.left.name.in(language));
      page::summary_row(list, msg::desk_repair_go_on(language),
                        page::step_title(*view.package, change.go_on_at, language));
      page::summary_row(list, msg::desk_repair_reason(language),
                        [&](Writer& p) { p.lines(change.reason); });
    });
    work(page, visit, view, msg::desk_repair_ends(language),
         msg::desk_repair_nothing_ends(language), foreseen.cancelled, true);
    work(page, visit, view, msg::desk_repair_begins(language),
         msg::desk_repair_nothing_begins(language), foreseen.opened, false);
    page::form(page, visit, there.below({"modification"}), [&](Writer& p) {
      page::hidden(p, "version", std::to_string(change.version));
      page::hidden(p, "leave", std::to_string(change.leave));
      page::hidden(p, "go_on_at", change.go_on_at);
      page::hidden(p, "note", change.reason);
      page::button_group(p, [&](Writer& group) {
        page::button(group, {.text = std::string(msg::desk_repair_do(language)),
                             .style = page::ButtonStyle::warning,
                             .name = "how",
                             .value = "do"});
        page::link(group, msg::cancel(language), there);
      });
    });
  });
}

/// Who comes by a link, as that to the other language, begins at the case.
Result<net::Response> begin_again(const Parts&, Visit& visit) {
  MINBEN_TRY(service, service_of(visit));
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  return page::redirect(repair_url(visit, service, id));
}

Result<net::Response> send(const Parts& parts, Visit& visit) {
  MINBEN_TRY(service, service_of(visit));
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(view, operations(parts).case_at_hand(visit.officer(), service, id));
  Typed typed = read_form(visit);
  if (!typed.errors.empty()) return repair_page(parts, visit, service, view, typed);
  const Modification change{
      static_cast<int>(parse_integer(visit.request.form.get("version"), 0).value_or(0)),
      parse_integer(typed.leave, 1).value_or(0), typed.go_on_at, typed.note};
  const bool rehearsal = visit.request.form.get("how") != "do";
  const auto done = rehearsal ? operations(parts).rehearse(visit.officer(), service, id, change)
                              : operations(parts).modify(visit.officer(), service, id, change);
  if (!done) {
    const auto line = line_of(visit.language, done.error());
    if (!line) return std::unexpected(done.error());
    typed.errors.push_back(*line);
    return repair_page(parts, visit, service, view, typed);
  }
  if (rehearsal) return confirm_page(parts, visit, service, view, change, *done);
  return page::redirect_with(visit, repair_url(visit, service, id), page::Notice::success,
                             msg::desk_repair_done(visit.language));
}

}  // namespace

/// Casework asks whether the officer's agency owns the service.
void add_repair(Pages& pages) {
  using page::access::service_owner;
  constexpr std::string_view base = "/desk/services/{service}/operations/cases/{case}";
  pages.get(std::string(base), service_owner, show);
  pages.get(fmt::format("{}/process.bpmn", base), service_owner, send_process);
  pages.get(fmt::format("{}/modification", base), service_owner, begin_again);
  pages.post(fmt::format("{}/modification", base), service_owner, send);
  pages.post(fmt::format("{}/retry", base), service_owner, retry);
}

}  // namespace minben::desk
