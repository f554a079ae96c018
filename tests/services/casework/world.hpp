#pragma once
// A small country for casework's tests: the package `permit`, agencies nia, wda, moda, nstc.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/json/object.hpp>

#include "casework/workbench.hpp"
#include "support/database.hpp"

namespace minben::casework {

inline const std::filesystem::path test_packages =
    std::filesystem::path(MINBEN_SOURCE_DIR) / "tests/services/casework/packages";

inline AgencyCode agency(std::string_view code) { return {std::string(code)}; }
inline ServiceCode permit() { return {"permit"}; }
inline KnownAgencies test_agencies() {
  return {agency("nia"),  agency("wda"),  agency("moda"),
          agency("nstc"), agency("boca"), agency("ris")};
}

inline const Calendar& test_calendar() {
  static const auto calendar =
      Calendar::load(std::filesystem::path(MINBEN_SOURCE_DIR) / "packages/calendar").value();
  return calendar;
}

inline Date date(std::string_view text) { return parse_date(text).value(); }
inline Instant instant(std::string_view text) { return parse_instant(text).value(); }

/// The value, or the test stops with the error in words.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "none" : result.error().code;
}

inline std::string hex_of(std::string_view text) { return hex_encode(as_bytes(text)); }

/// A folder that goes away with the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    SystemRandom random;
    path_ = std::filesystem::temp_directory_path() / ("minben-casework-" + random.token(9));
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string read_text(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}
inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}
/// Replaces the only occurrence; the test fails when there is none.
inline void replace_in(const std::filesystem::path& path, std::string_view from,
                       std::string_view to) {
  auto text = read_text(path);
  const auto at = text.find(from);
  ASSERT_NE(at, text.npos) << from << " is not in " << path;
  text.replace(at, from.size(), to);
  write_text(path, text);
}

/// The world with one applicant; Monday 2 March 2026, 09:00 in Taiwan.
class CaseworkTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::copy(test_packages, scratch_.path() / "packages",
                          std::filesystem::copy_options::recursive);
    world_ = must(Workbench::open({database_.url(), scratch_.path(), scratch_.path() / "packages",
                                   test_agencies(), instant("2026-03-02T09:00:00+08:00")},
                                  calendar_));
    const auto faults = world_->packages().reload();
    for (const auto& fault : faults) ADD_FAILURE() << describe(fault);
    world_->set_register("nia/register/residence", Json(JsonObject{{"status", "none"}}));
    world_->set_register("wda/register/employment",
                         Json(JsonObject{{"employer", "ACME"}, {"salary", 1}}));
    applicant_ = must(world_->new_applicant("DOE, JANE"));
  }

  Casework& casework() { return world_->casework(); }
  std::filesystem::path package_folder() const { return scratch_.path() / "packages" / "permit"; }

  /// A draft that is ready to be submitted.
  Draft filled_draft(const Applicant& applicant, std::string_view field = "digital") {
    auto draft = must(casework().start_draft(applicant, permit()));
    draft = save(applicant, draft, "what",
                 {{"field", std::string(field)}, {"years", "2"}, {"salary_twd", "200000"}});
    draft =
        save(applicant, draft, "who", {{"name_latin", "DOE, JANE"}, {"passport_no", "X1234567"}});
    return save(
        applicant, draft, "files",
        {{"passport_copy", must(world_->upload(applicant, "passport_copy", "pdf", "passport"))},
         {"evidence", must(world_->upload(applicant, "evidence", "png", "diploma"))}});
  }

  Draft save(const Applicant& applicant, const Draft& draft, std::string_view page,
             std::vector<forms::Input> inputs) {
    auto saved = must(casework().save_page(applicant, draft.id, draft.version, page, inputs));
    for (const auto& problem : saved.problems)
      ADD_FAILURE() << problem.pointer << " " << problem.code;
    return saved.draft;
  }

  CaseId submitted(std::string_view field = "digital", bool consent = true) {
    return submitted_by(applicant_, field, consent);
  }
  CaseId submitted_by(const Applicant& applicant, std::string_view field = "digital",
                      bool consent = true) {
    const auto draft = filled_draft(applicant, field);
    const auto summary = must(casework().submit(applicant, draft.id, draft.version, "token", true));
    must(world_->run_due());
    if (consent) answer_consents(applicant, summary.id, true);
    return summary.id;
  }
  void answer_consents(const Applicant& applicant, CaseId id, bool grant) {
    for (const auto& consent : must(casework().my_case(applicant, id)).consents_wanted) {
      must(casework().answer_consent(applicant, id, consent, grant));
    }
    must(world_->run_due());
  }
  /// Submitted and paid: `check` lies with nia.
  CaseId in_review(std::string_view field = "digital") { return in_review_of(applicant_, field); }
  CaseId in_review_of(const Applicant& applicant, std::string_view field = "digital") {
    const auto id = submitted_by(applicant, field);
    must(world_->pay(id));
    return id;
  }

  CaseView view(CaseId id) { return must(casework().my_case(applicant_, id)); }
  Officer officer(std::string_view code, int number = 1) {
    return must(world_->officer(agency(code), number));
  }

  TaskRow task_of(const Officer& who, CaseId id, std::string_view step = {}) {
    for (const auto& task :
         must(casework().queue(who, {.service = {}, .step = {}, .limit = 200})).tasks) {
      if (task.case_id == id && (step.empty() || task.step == step)) return task;
    }
    throw std::runtime_error("no open task for " + who.agency.value);
  }
  TaskRow claimed(const Officer& who, CaseId id) {
    const auto task = task_of(who, id);
    return must(casework().claim(who, task.id, task.version));
  }
  void decide(std::string_view code, CaseId id, const std::string& outcome) {
    const auto who = officer(code);
    const auto task = claimed(who, id);
    must(casework().decide(who, task.id, task.version, {outcome, {}, "seen"}));
    must(world_->run_due());
  }
  SupplementId ask(CaseId id, std::string_view code = "nia", int working_days = 0) {
    const auto who = officer(code);
    const auto task = claimed(who, id);
    const auto supplement = must(casework().request_supplement(
        who, task.id, task.version,
        {"unreadable", "Please scan again.", {{"/passport_copy", "blurred"}}, working_days}));
    must(world_->run_due());
    return supplement;
  }
  void answer(CaseId id, SupplementId supplement, std::string_view label = "again") {
    const auto file = must(world_->upload(applicant_, "passport_copy", "pdf", label));
    must(casework().answer_supplement(applicant_, id, supplement, {{"passport_copy", file}}));
    must(world_->run_due());
  }
  static std::vector<std::string> events(const CaseView& view) {
    std::vector<std::string> list;
    for (const auto& entry : view.history) list.push_back(entry.event);
    return list;
  }

  ScratchFolder scratch_;
  Calendar calendar_ = test_calendar();
  test::TestDatabase database_{test::TestDatabase::system_clock(), {all_migrations()}};
  std::unique_ptr<Workbench> world_;
  Applicant applicant_;
};

}  // namespace minben::casework
