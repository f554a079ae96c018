#include "parts.hpp"

#include "messages/exchange.hpp"
#include "messages/use_questions.hpp"
#include "messages/voices.hpp"

namespace minben::desk {

namespace {

net::Response refused(Visit& visit, const Error& error) {
  return error.kind == Kind::conflict ? conflict_page(visit, error)
                                      : page::error_page(visit, error);
}

bool is_lead(const Visit& visit) {
  return visit.officer().has_role(identity::role::team_lead) ||
         visit.officer().has_role(identity::role::service_owner);
}

}  // namespace

Frame frame(const Visit& visit, std::string_view title, Section section) {
  const Language language = visit.language;
  Frame made{.title = std::string(title), .service_name = std::string(msg::desk_name(language))};
  if (!visit.signed_in() || !visit.session().officer) return made;
  made.service_name = msg::desk_name_of(language, visit.agency(visit.officer().agency));
  const auto add = [&](std::string_view text, const Url& url, Section own) {
    made.navigation.push_back({std::string(text), url, own == section});
  };
  add(msg::desk_nav_queue(language), visit.url({"desk"}), Section::queue);
  add(msg::desk_nav_search(language), visit.url({"desk", "search"}), Section::search);
  if (is_lead(visit))
    add(msg::desk_nav_figures(language), visit.url({"desk", "figures"}), Section::figures);
  if (visit.officer().has_role(identity::role::exchange_operator))
    add(msg::exchange_nav(language), visit.url({"desk", "exchange"}), Section::exchange);
  if (visit.officer().has_role(identity::role::data_protection_officer))
    add(msg::question_desk_nav(language), visit.url({"desk", "questions"}), Section::questions);
  if (visit.officer().has_role(identity::role::data_steward))
    made.navigation.push_back(
        {std::string(msg::voices_steward_nav(language)), visit.url({"desk", "data"}), false});
  if (visit.officer().has_role(identity::role::administrator))
    add(msg::desk_closed_nav(language), visit.url({"desk", "closed-accounts"}), Section::closed);
  add(msg::desk_nav_account(language), visit.url({"desk", "account"}), Section::account);
  return made;
}

std::string_view state_text(Language language, casework::State state) {
  const auto text = msg::find_in_desk(language, "desk_state_" + std::string(to_string(state)));
  return text ? *text : casework::to_string(state);
}

void state_tag(Writer& page, Language language, casework::State state) {
  page::state_tag(page, state, state_text(language, state));
}

void urgency_tag(Writer& page, Language language, const TaskRow& task) {
  const auto tag = [&](std::string_view text, Tone tone) {
    page << " ";
    page::tag(page, text, tone);
  };
  if (task.waiting_for_applicant) tag(msg::desk_waiting(language), Tone::waiting);
  else if (task.escalated) tag(msg::desk_escalated(language), Tone::bad);
  else if (task.overdue) tag(msg::desk_overdue(language), Tone::bad);
  else if (task.reminded) tag(msg::desk_due_soon(language), Tone::warn);
}

std::string_view kind_text(Language language, casework::TaskKind kind) {
  switch (kind) {
    case casework::TaskKind::review:
      return msg::desk_kind_review(language);
    case casework::TaskKind::opinion:
      return msg::desk_kind_opinion(language);
    case casework::TaskKind::confirmation:
      return msg::desk_kind_confirmation(language);
  }
  return {};
}

std::string step_title(const Parts& parts, const TaskRow& task, Language language) {
  const auto package = parts.newest(task.service);
  return package ? page::step_title(*package, task.step, language) : task.step;
}

Result<Names> colleagues(const Parts& parts, const AgencyCode& agency) {
  return parts.transact([&](store::Transaction& tx) -> Result<Names> {
    MINBEN_TRY(officers, parts.identity.officers_of(tx, agency));
    Names names;
    for (const auto& officer : officers) names[officer.id] = officer.name;
    return names;
  });
}

std::string name_or(const Names& names, OfficerId id, std::string_view otherwise) {
  const auto found = names.find(id);
  return found == names.end() ? std::string(otherwise) : found->second;
}

std::optional<PostedTask> parse_task(std::string_view text) {
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto id = casework::TaskId::parse(text.substr(0, dot));
  const auto version = parse_integer(text.substr(dot + 1), 0, 1'000'000'000);
  if (!id || !version) return std::nullopt;
  return PostedTask{*id, static_cast<int>(*version)};
}

Result<PostedTask> posted_task(const Visit& visit) {
  const auto task = parse_task(visit.request.form.get("task"));
  if (!task) return fail(Kind::invalid, "bad_task");
  return *task;
}

Url case_url(const Visit& visit, CaseId id, std::initializer_list<std::string_view> more) {
  return visit.url({"desk", "cases", to_string(id)}).below(more);
}

void case_link(Writer& page, const Visit& visit, std::string_view number, CaseId id) {
  page << "<a class=\"govuk-link mb-tabular\" href=\"" << case_url(visit, id) << "\">" << number
       << "</a>";
}

namespace {

/// Texts of a form that are worth keeping, by the labels they had.
void typed_text(Writer& page, const Visit& visit) {
  for (const std::string_view name : {"text", "note"}) {
    const std::string_view typed = visit.request.form.get(name);
    if (trim(typed).empty()) continue;
    page::heading(page, 2, msg::desk_conflict_typed(visit.language), Size::s);
    page::inset_text(page, [&](Writer& p) {
      p << "<p class=\"govuk-body\">";
      p.lines(typed);
      p << "</p>";
    });
  }
}

/// The case's own page, or its page among the operations on its service.
std::optional<Url> page_of_case(const Visit& visit) {
  const auto id = CaseId::parse(visit.request.parameter("case"));
  if (!id) return std::nullopt;
  const std::string_view service = visit.request.parameter("service");
  if (service.empty()) return case_url(visit, *id);
  return visit.url({"desk", "services", service, "operations", "cases", to_string(*id)});
}

}  // namespace

net::Response conflict_page(const Visit& visit, const Error& error) {
  const Language language = visit.language;
  const auto again = page_of_case(visit);
  return html_page(
      visit, frame(visit, msg::desk_conflict_title(language)),
      [&](Writer& page) {
        page::heading(page, 1, msg::desk_conflict_title(language), Size::l);
        page::paragraph(page, page::error_text(language, error.code));
        page::paragraph(page, msg::desk_conflict_text(language));
        typed_text(page, visit);
        page::button_group(page, [&](Writer& p) {
          if (again) page::link_button(p, msg::desk_conflict_reload(language), *again);
          page::link_button(p, msg::desk_nav_queue(language), visit.url({"desk"}),
                            page::ButtonStyle::secondary);
        });
      },
      409);
}

std::vector<net::Route> routes(const Dependencies& dependencies) {
  const auto parts = std::make_shared<const Parts>(Parts{dependencies});
  dependencies.site.define(
      page::access::officer_of_case, identity::Realm::officer,
      [parts](const net::Request& request, const identity::Session& session) -> Result<void> {
        const auto id = CaseId::parse(request.parameter("case"));
        if (!id || !session.officer) return fail(Kind::not_found, "case_not_found");
        return parts->casework.may_see(*session.officer, *id);
      });
  Pages pages(parts, refused);
  add_sign_in(pages);
  add_account(pages);
  add_queue(pages);
  add_tasks(pages);
  add_search(pages);
  add_case(pages);
  add_files(pages);
  add_marks(pages);
  add_supplement(pages);
  add_decide(pages);
  add_confirm(pages);
  add_messages(pages);
  add_course(pages);
  add_figures(pages);
  add_waiting(pages);
  add_operations(pages);
  add_repair(pages);
  if (dependencies.registry) add_exchange(pages);
  add_closed_accounts(pages);
  if (dependencies.data_requests) add_counter(pages);
  if (dependencies.questions) add_questions(pages);
  return pages.take();
}

}  // namespace minben::desk
