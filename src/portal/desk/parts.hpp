#pragma once
// Private: what every page of an officer starts from.
#include <map>

#include "casework/casework.hpp"
#include "desk.hpp"
#include "documents/documents.hpp"
#include "identity/identity.hpp"
#include "messages/common.hpp"
#include "messages/desk.hpp"
#include "page/case.hpp"
#include "page/page.hpp"

namespace minben::desk {

using casework::OfficerCaseView;
using casework::PackagePtr;
using casework::TaskRow;
using page::Frame;
using page::Size;
using page::Tone;
using page::Url;
using page::Visit;
using page::when;
using page::Writer;

struct Parts : Dependencies {
  template <class Work>
  auto transact(Work&& work) const {
    return database.transact(std::forward<Work>(work));
  }
  [[nodiscard]] PackagePtr newest(const ServiceCode& code) const {
    return casework.packages().newest(code).value_or(nullptr);
  }
};
using PartsPtr = std::shared_ptr<const Parts>;

/// Conflicts become the page that says who was faster.
using Pages = page::PagesOf<Parts>;

// What each file of the room adds.
void add_sign_in(Pages& pages);
void add_account(Pages& pages);
void add_queue(Pages& pages);
void add_tasks(Pages& pages);
void add_search(Pages& pages);
void add_case(Pages& pages);
void add_files(Pages& pages);
void add_marks(Pages& pages);
void add_supplement(Pages& pages);
void add_decide(Pages& pages);
void add_confirm(Pages& pages);
void add_messages(Pages& pages);
void add_course(Pages& pages);
void add_figures(Pages& pages);
void add_waiting(Pages& pages);
void add_operations(Pages& pages);
void add_repair(Pages& pages);
void add_exchange(Pages& pages);
void add_counter(Pages& pages);
void add_closed_accounts(Pages& pages);
void add_questions(Pages& pages);

// ---- words and frames

enum class Section { queue, search, figures, exchange, closed, questions, account, none };
Frame frame(const Visit& visit, std::string_view title, Section section = Section::none);

std::string_view state_text(Language language, casework::State state);
void state_tag(Writer& page, Language language, casework::State state);
/// Waiting, escalated, overdue or due soon: what presses a task, if anything does.
void urgency_tag(Writer& page, Language language, const TaskRow& task);
std::string_view kind_text(Language language, casework::TaskKind kind);
/// The step's title in the newest package; its id when it has none.
std::string step_title(const Parts& parts, const TaskRow& task, Language language);
/// Names of colleagues by id, for those that are known.
using Names = std::map<OfficerId, std::string>;
Result<Names> colleagues(const Parts& parts, const AgencyCode& agency);
std::string name_or(const Names& names, OfficerId id, std::string_view otherwise);

/// A task with the version that was shown: "<task id>.<version>" in a form.
struct PostedTask {
  casework::TaskId id;
  int version = 0;
};
std::optional<PostedTask> parse_task(std::string_view text);
/// Of the form's field "task"; invalid "bad_task".
Result<PostedTask> posted_task(const Visit& visit);

Url case_url(const Visit& visit, CaseId id, std::initializer_list<std::string_view> more = {});

/// The case's number, leading to it.
void case_link(Writer& page, const Visit& visit, std::string_view number, CaseId id);

/// What an officer typed before somebody else was faster; shown again so that nothing is lost.
net::Response conflict_page(const Visit& visit, const Error& error);

}  // namespace minben::desk
