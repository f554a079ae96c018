#pragma once
// Private: what every page of an officer starts from.
#include <map>

#include "casework/casework.hpp"
#include "desk.hpp"
#include "documents/documents.hpp"
#include "identity/identity.hpp"
#include "messages/common.hpp"
#include "messages/desk.hpp"
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

/// A page as a plain function; an error becomes its page, conflicts the page that says who was
/// faster.
using Handler = Result<net::Response> (*)(const Parts&, Visit&);

class Pages {
 public:
  explicit Pages(PartsPtr parts) : parts_(std::move(parts)), routes_(parts_->site) {}
  void get(std::string_view pattern, net::Access access, Handler handler);
  void post(std::string_view pattern, net::Access access, Handler handler,
            std::size_t max_body = 64u << 10);
  [[nodiscard]] std::vector<net::Route> take() { return routes_.take(); }

 private:
  PartsPtr parts_;
  page::PageRoutes routes_;
};

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

// ---- words and frames

enum class Section { queue, search, figures, account, none };
Frame frame(const Visit& visit, std::string_view title, Section section = Section::none);

std::string_view state_text(Language language, casework::State state);
void state_tag(Writer& page, Language language, casework::State state);
std::string_view kind_text(Language language, casework::TaskKind kind);
/// "內政部移民署、勞動部勞動力發展署" / "NIA, WDA"; "" for none.
std::string agencies_text(const Visit& visit, std::span<const AgencyCode> agencies);
std::string service_title(const Parts& parts, const ServiceCode& code, Language language);
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

/// What an officer typed before somebody else was faster; shown again so that nothing is lost.
net::Response conflict_page(const Visit& visit, const Error& error);

}  // namespace minben::desk
