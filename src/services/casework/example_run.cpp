// `minben service test`: plays examples against the real engine on a virtual clock.
#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "answers.hpp"
#include "casework/workbench.hpp"
#include "package_parts.hpp"

namespace minben::casework {

namespace {

std::string quoted(const Json* value) { return value ? write_json(*value) : "nothing"; }

JsonArray json_list(const std::vector<std::string>& list) {
  JsonArray array;
  for (const auto& item : list) array.emplace_back(item);
  return array;
}

/// One example being played: its person, its case, and what did not come as expected.
class Play {
 public:
  Play(Workbench& world, const Package& package, const Json& example, std::string file,
       Errors& failures)
      : world_(world),
        package_(package),
        example_(example),
        file_(std::move(file)),
        failures_(failures) {}

  void run() {
    if (const auto* eligibility = find(example_, "eligibility")) check_eligibility(*eligibility);
    const auto* script = find(example_, "script");
    if (!script) return;
    if (const auto ready = prepare(); !ready) return failed("prepare", ready.error());
    int number = 0;
    for (const auto& action : script->as_array()) {
      if (!act(fmt::format("script {} ({})", ++number, string_or(action, "do")), action)) return;
    }
    if (const auto* expect = find(example_, "expect")) compare("end", *expect);
  }

 private:
  void miss(std::string_view where, std::string_view what, std::string_view expected,
            std::string_view found) {
    failures_.push_back({Kind::invalid, "expected",
                         fmt::format("{}: {} should be {}, is {}", where, what, expected, found),
                         file_, 0, 0});
  }
  void failed(std::string_view where, const Error& error) {
    failures_.push_back(
        {error.kind, error.code, fmt::format("{}: {}", where, describe(error)), file_, 0, 0});
  }

  void check_eligibility(const Json& eligibility) {
    const auto* answers = find(eligibility, "answers");
    if (!answers || !answers->is_object())
      return miss("eligibility", "answers", "an object", quoted(answers));
    const auto found = world_.casework().check_eligibility(package_.code, answers->as_object());
    if (!found) return failed("eligibility", found.error());
    if (!found->problems.empty()) {
      return miss("eligibility", found->problems.front().pointer, "answered soundly",
                  found->problems.front().code);
    }
    const auto* reasons = find(eligibility, "reasons");
    const Json is(json_list(found->reasons));
    if (reasons && *reasons != is) miss("eligibility", "reasons", quoted(reasons), quoted(&is));
  }

  Result<void> prepare() {
    MINBEN_TRY(start, parse_instant(string_or(example_, "start")));
    world_.clock().set(start);
    MINBEN_TRY(applicant, world_.new_applicant("Example Person"));
    applicant_ = applicant;
    set_registers();
    MINBEN_CHECK(world_.run_due());
    return fill_draft();
  }

  void set_registers() {
    for (const auto& item : package_.items) {
      const auto key = fmt::format("{}/{}/{}", item.provider.value, item.subsystem, item.service);
      const auto* registers = find(example_, "registers");
      const auto* answer = registers ? find(*registers, item.name) : nullptr;
      if (answer && answer->is_object()) world_.set_register(key, *answer);
      else if (answer) world_.set_register(key, fail(Kind::unavailable, "register_down"));
      else world_.set_register(key, fail(Kind::not_found, "no_record"));
    }
  }

  /// Page by page through decode and save, as a browser would.
  Result<void> fill_draft() {
    MINBEN_TRY(answers, with_documents(find(example_, "answers"), find(example_, "documents")));
    MINBEN_TRY(draft, world_.casework().start_draft(applicant_, package_.code));
    draft_ = draft;
    const auto& form = *package_.application_form;
    for (const auto* page : form.visible_pages(answers)) {
      const auto inputs = form.encode(*page, answers);
      MINBEN_TRY(saved, world_.casework().save_page(applicant_, draft_.id, draft_.version, page->id,
                                                    inputs));
      draft_ = std::move(saved.draft);
      for (const auto& problem : saved.problems) {
        miss("answers", problem.pointer, "accepted by the form", problem.code);
      }
    }
    return {};
  }

  Result<JsonObject> with_documents(const Json* answers, const Json* files) {
    JsonObject whole = answers && answers->is_object() ? answers->as_object() : JsonObject{};
    if (!files || !files->is_object()) return whole;
    for (const auto& [pointer, kind] : files->as_object()) {
      MINBEN_TRY(id, upload(property_of(pointer), kind));
      whole[property_of(pointer)] = id;
    }
    return whole;
  }

  Result<std::string> upload(const std::string& property, const Json& kind) {
    if (!kind.is_string()) return fail(Kind::invalid, "unknown_file_kind", property);
    return world_.upload(applicant_, property, std::string(kind.as_string()),
                         fmt::format("{} {}", property, ++uploads_));
  }

  /// False when the rest of the script makes no sense any more.
  bool act(const std::string& where, const Json& action) {
    const auto done = perform(action);
    const auto expected = string_or(action, "fails");
    if (!expected.empty()) {
      const std::string found = done ? "done" : done.error().code;
      if (found != expected) miss(where, "outcome", "refused with " + expected, found);
      return found == expected;
    }
    if (!done) return failed(where, done.error()), false;
    if (const auto ran = settle(); !ran) return failed(where, ran.error()), false;
    if (const auto* expect = find(action, "expect")) compare(where, *expect);
    return true;
  }

  /// What an action leads to, also after the few pauses with which a failing register is tried
  /// again.
  Result<void> settle() {
    for (int pause = 0; pause < 4; ++pause) {
      MINBEN_CHECK(world_.run_due());
      world_.clock().advance(minutes{1});
    }
    return world_.run_due();
  }

  Result<void> perform(const Json& action) {
    using Handler = Result<void> (Play::*)(const Json&);
    static const std::map<std::string, Handler, std::less<>> handlers{
        {"submit", &Play::submit},  {"consent", &Play::consent}, {"pay", &Play::pay},
        {"decide", &Play::decide},  {"confirm", &Play::confirm}, {"supplement", &Play::supplement},
        {"answer", &Play::answer},  {"wait", &Play::wait},       {"withdraw", &Play::withdraw},
        {"message", &Play::message}};
    const auto found = handlers.find(string_or(action, "do"));
    if (found == handlers.end()) return fail(Kind::invalid, "unknown_action");
    return (this->*found->second)(action);
  }

  Result<void> submit(const Json&) {
    MINBEN_TRY(summary,
               world_.casework().submit(applicant_, draft_.id, draft_.version, "example", true));
    case_ = summary.id;
    return grant_unscripted();
  }

  Result<void> grant_unscripted() {
    MINBEN_TRY(view, world_.casework().my_case(applicant_, case_));
    for (const auto& id : view.consents_wanted) {
      MINBEN_TRY(item, item_of(id));
      if (!is_scripted(item))
        MINBEN_CHECK(world_.casework().answer_consent(applicant_, case_, id, true));
    }
    return {};
  }

  bool is_scripted(const std::string& item) const {
    return std::ranges::any_of(example_.at("script").as_array(), [&](const Json& action) {
      return string_or(action, "do") == "consent" && string_or(action, "item") == item;
    });
  }

  Result<std::string> item_of(const std::string& consent_id) {
    MINBEN_TRY(id, mydata::ConsentId::parse(consent_id));
    MINBEN_TRY(consent, world_.database().transact([&](store::Transaction& tx) {
      return world_.mydata().consent(tx, applicant_.person, id);
    }));
    for (const auto& item : package_.items) {
      const bool same = item.provider == consent.terms.provider &&
                        item.service == consent.terms.service &&
                        item.consumer == consent.terms.recipient &&
                        item.purpose_code == consent.terms.purpose_code;
      if (same) return item.name;
    }
    return fail(Kind::internal, "unknown_item");
  }

  Result<void> consent(const Json& action) {
    MINBEN_TRY(view, world_.casework().my_case(applicant_, case_));
    const auto* grant = find(action, "grant");
    for (const auto& id : view.consents_wanted) {
      MINBEN_TRY(item, item_of(id));
      if (item != string_or(action, "item")) continue;
      return world_.casework().answer_consent(applicant_, case_, id, !grant || grant->as_bool());
    }
    return fail(Kind::not_found, "consent_not_open", string_or(action, "item"));
  }

  Result<void> pay(const Json&) { return world_.pay(case_); }

  /// The open task of a step, claimed by the agency's officer of that number.
  Result<std::pair<Officer, TaskRow>> take(std::string_view step, TaskKind kind, int number) {
    for (const auto& agency : package_.agencies) {
      MINBEN_TRY(officer, world_.officer(agency, number));
      MINBEN_TRY(queue,
                 world_.casework().queue(officer, {.service = {}, .step = {}, .limit = 200}));
      for (const auto& task : queue.tasks) {
        const bool wanted =
            task.case_id == case_ && (step.empty() || task.step == step) &&
            (task.kind == TaskKind::confirmation) == (kind == TaskKind::confirmation);
        if (!wanted) continue;
        MINBEN_TRY(claimed, world_.casework().claim(officer, task.id, task.version));
        return std::pair(officer, claimed);
      }
    }
    return fail(Kind::not_found, "no_open_task", step);
  }

  static int officer_number(const Json& action, int otherwise) {
    const auto number = get_integer(action, "officer");
    return number ? static_cast<int>(*number) : otherwise;
  }

  static std::vector<std::string> strings(const Json& action, std::string_view name) {
    std::vector<std::string> list;
    const auto* found = find(action, name);
    if (!found || !found->is_array()) return list;
    for (const auto& item : found->as_array()) {
      if (item.is_string()) list.emplace_back(item.as_string());
    }
    return list;
  }

  Result<void> decide(const Json& action) {
    MINBEN_TRY(work, take(string_or(action, "step"), TaskKind::review, officer_number(action, 1)));
    return world_.casework().decide(
        work.first, work.second.id, work.second.version,
        {string_or(action, "outcome"), strings(action, "grounds"), string_or(action, "text")});
  }

  Result<void> confirm(const Json& action) {
    MINBEN_TRY(work, take("", TaskKind::confirmation, officer_number(action, 2)));
    const auto* agree = find(action, "agree");
    return world_.casework().confirm_refusal(work.first, work.second.id, work.second.version,
                                             !agree || agree->as_bool(), string_or(action, "text"));
  }

  Result<void> supplement(const Json& action) {
    MINBEN_TRY(work, take(string_or(action, "step"), TaskKind::review, officer_number(action, 1)));
    SupplementRequest request;
    request.reason = string_or(action, "reason");
    request.text = string_or(action, "text");
    for (const auto& field : strings(action, "fields")) request.fields.push_back({field, ""});
    if (const auto days = get_integer(action, "working_days"))
      request.working_days = static_cast<int>(*days);
    MINBEN_CHECK(world_.casework().request_supplement(work.first, work.second.id,
                                                      work.second.version, request));
    return {};
  }

  Result<void> answer(const Json& action) {
    MINBEN_TRY(view, world_.casework().my_case(applicant_, case_));
    if (!view.supplement) return fail(Kind::conflict, "supplement_not_open");
    JsonObject values;
    const auto* given = find(action, "values");
    for (const auto& [name, value] :
         given && given->is_object() ? given->as_object() : JsonObject{}) {
      const auto* field = package_.application_form->field("/" + std::string(name));
      if (field && field->kind == forms::FieldKind::file) {
        MINBEN_TRY(id, upload(std::string(name), value));
        values[name] = id;
      } else {
        values[name] = value;
      }
    }
    return world_.casework().answer_supplement(applicant_, case_, view.supplement->id, values);
  }

  Result<void> wait(const Json& action) {
    const auto today = taiwan_date(world_.clock().now());
    if (const auto count = get_integer(action, "working_days")) {
      return world_.advance_to(
          world_.casework().calendar().add_working_days(today, static_cast<int>(*count)));
    }
    if (const auto count = get_integer(action, "days"))
      return world_.advance_to(add_days(today, static_cast<int>(*count)));
    MINBEN_TRY(until, parse_date(string_or(action, "until")));
    return world_.advance_to(until);
  }

  Result<void> withdraw(const Json& action) {
    return world_.casework().withdraw(applicant_, case_, string_or(action, "reason"));
  }

  Result<void> message(const Json& action) {
    Actor actor = applicant_;
    const auto from = string_or(action, "from");
    if (!from.empty()) {
      MINBEN_TRY(agency, AgencyCode::parse(from));
      MINBEN_TRY(officer, world_.officer(agency));
      actor = officer;
    }
    MINBEN_CHECK(
        world_.casework().send_message(actor, case_, AgencyCode{}, string_or(action, "text")));
    return {};
  }

  // ------------------------------------------------------------------------------- expectations

  void compare(const std::string& where, const Json& expect) {
    const auto found = findings();
    if (!found) return failed(where, found.error());
    for (const auto& [name, value] : expect.as_object()) {
      const auto* is = found->if_contains(name);
      if (!is || *is != value) miss(where, std::string_view(name), write_json(value), quoted(is));
    }
  }

  static Json date_or_null(const std::optional<Date>& date) {
    return date ? Json(minben::to_string(*date)) : Json(nullptr);
  }

  Result<JsonArray> open_steps() {
    std::vector<std::string> steps;
    for (const auto& agency : package_.agencies) {
      MINBEN_TRY(officer, world_.officer(agency));
      MINBEN_TRY(queue,
                 world_.casework().queue(officer, {.service = {}, .step = {}, .limit = 200}));
      for (const auto& task : queue.tasks) {
        if (task.case_id == case_) steps.push_back(task.step);
      }
    }
    std::ranges::sort(steps);
    return json_list(steps);
  }

  Result<JsonObject> findings() {
    MINBEN_TRY(view, world_.casework().my_case(applicant_, case_));
    MINBEN_TRY(steps, open_steps());
    JsonObject found;
    found["state"] = to_string(view.summary.state);
    found["fee_twd"] = view.fee.amount_twd;
    found["ministry"] = view.ministry ? Json(view.ministry->value) : Json(nullptr);
    std::vector<std::string> holders;
    for (const auto& agency : view.summary.held_by) holders.push_back(agency.value);
    found["held_by"] = json_list(holders);
    found["steps"] = std::move(steps);
    found["due"] = date_or_null(view.summary.due);
    found["used_working_days"] = view.clock.used;
    found["stopped"] = view.clock.stopped;
    found["overdue"] = view.clock.overdue;
    add_decision(found, view);
    MINBEN_TRY(by_rule, grounds_by_rule());
    found["grounds_by_rule"] = std::move(by_rule);
    add_documents(found, view);
    std::vector<std::string> events;
    for (const auto& entry : view.history) events.push_back(entry.event);
    found["events"] = json_list(events);
    return found;
  }

  Result<JsonArray> grounds_by_rule() {
    MINBEN_TRY(why, world_.casework().why(applicant_, case_));
    JsonArray codes;
    for (const auto& explanation : why) {
      if (explanation.about != Explanation::About::grounds) continue;
      for (const auto& rule : explanation.rules) codes.emplace_back(rule.code);
    }
    return codes;
  }

  static void add_decision(JsonObject& found, const CaseView& view) {
    const auto& decision = view.decision;
    found["grounds"] = decision ? json_list(decision->grounds) : JsonArray{};
    found["decided_on"] =
        decision ? Json(minben::to_string(taiwan_date(decision->decided))) : Json(nullptr);
    found["appeal_until"] = date_or_null(decision ? decision->appeal_until : std::nullopt);
  }

  static void add_documents(JsonObject& found, const CaseView& view) {
    std::vector<std::string> names;
    std::optional<Date> valid_until;
    for (const auto& document : view.documents) {
      if (document.kind.empty()) continue;
      names.push_back(document.kind);
      if (document.valid_until) valid_until = document.valid_until;
    }
    found["documents"] = json_list(names);
    found["valid_until"] = date_or_null(valid_until);
  }

  Workbench& world_;
  const Package& package_;
  const Json& example_;
  std::string file_;
  Errors& failures_;
  Applicant applicant_;
  Draft draft_;
  CaseId case_;
  int uploads_ = 0;
};

ExampleResult play(Workbench& world, const Package& package, const std::string& file,
                   const std::string& text) {
  ExampleResult result;
  result.file = file;
  const auto example = parse_json(text);
  MINBEN_ASSERT(example.has_value());  // build_package read it before
  result.title = string_or(*example, "title");
  Play(world, package, *example, file, result.failures).run();
  return result;
}

}  // namespace

Result<std::vector<ExampleResult>> test_package(const std::filesystem::path& directory,
                                                const KnownAgencies& agencies,
                                                const Calendar& calendar,
                                                const std::string& database_url,
                                                const std::filesystem::path& scratch) {
  auto path = std::filesystem::absolute(directory).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  MINBEN_TRY(code, ServiceCode::parse(path.filename().string()));
  const Instant start =
      taiwan_midnight(Date{std::chrono::year{2026}, std::chrono::January, std::chrono::day{2}});
  MINBEN_TRY(world, Workbench::open({database_url, scratch, path.parent_path(), agencies, start},
                                    calendar));
  (void)world->packages().reload();  // faults of other services do not matter here
  MINBEN_TRY(package, world->packages().newest(code));
  const auto& files = package->compiled->files;
  std::vector<ExampleResult> results = play_rule_cases(*package->compiled);
  for (const auto& file : files_in(files, "examples/", ".json")) {
    results.push_back(play(*world, *package, file, files.at(file)));
  }
  return results;
}

}  // namespace minben::casework
