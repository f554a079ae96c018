#pragma once
// Private: what every page of an applicant starts from.
#include "casework/casework.hpp"
#include "citizen.hpp"
#include "documents/documents.hpp"
#include "identity/identity.hpp"
#include "messages/citizen.hpp"
#include "messages/common.hpp"
#include "mydata/mydata.hpp"
#include "page/page.hpp"
#include "payments/payments.hpp"
#include "streams.hpp"

namespace minben::citizen {

using page::Content;
using page::Frame;
using page::Size;
using page::Tone;
using page::Url;
using page::Visit;
using page::when;
using page::Writer;

struct Parts : Dependencies {
  explicit Parts(const Dependencies& dependencies);
  Streams streams;

  [[nodiscard]] Result<casework::PackagePtr> package(const ServiceCode& code) const {
    return casework.packages().newest(code);
  }
  /// In a transaction of its own: `read([&](store::Transaction& tx) { return mydata.…; })`.
  template <class Work>
  auto transact(Work&& work) const {
    return database.transact(std::forward<Work>(work));
  }
};
using PartsPtr = std::shared_ptr<const Parts>;

/// A page as a plain function. An error becomes its page; "assurance_too_low" leads to a stronger
/// sign-in, with what was typed held meanwhile.
using Handler = Result<net::Response> (*)(const Parts&, Visit&);

/// Adds pages that share the parts.
class Pages {
 public:
  explicit Pages(PartsPtr parts) : parts_(std::move(parts)), routes_(parts_->site) {}
  void get(std::string_view pattern, net::Access access, Handler handler);
  void post(std::string_view pattern, net::Access access, Handler handler,
            std::size_t max_body = 64u << 10);
  /// Routes that are not pages in a language.
  [[nodiscard]] std::vector<net::Route> take() { return routes_.take(); }

 private:
  PartsPtr parts_;
  page::PageRoutes routes_;
};

// What each file of the room adds.
void add_home(Pages& pages);
void add_service(Pages& pages);
void add_eligibility(Pages& pages);
void add_sign_in(Pages& pages);
void add_account(Pages& pages);
void add_drafts(Pages& pages);
void add_check_answers(Pages& pages);
void add_cases(Pages& pages);
void add_case(Pages& pages);
void add_consents(Pages& pages);
void add_payment(Pages& pages);
void add_supplement(Pages& pages);
void add_messages(Pages& pages);
void add_process(Pages& pages);
void add_usage(Pages& pages);

// ---- words and frames

enum class Section { services, cases, usage, consents, account, none };
/// With the navigation of the applicants' side.
Frame frame(const Visit& visit, std::string_view title, Section section = Section::none);

casework::Applicant applicant(const Visit& visit);
std::string service_title(const Parts& parts, const ServiceCode& code, Language language);
std::string_view state_text(Language language, casework::State state);
void state_tag(Writer& page, Language language, casework::State state);
/// "內政部移民署、勞動部勞動力發展署" / "NIA, WDA"; "" for none.
std::string agencies_text(const Visit& visit, std::span<const AgencyCode> agencies);
/// The text of the package, or nothing when its author gave none.
std::optional<std::string_view> optional_text(const casework::Package& package,
                                              std::string_view key, Language language);
std::string money(Language language, std::int64_t twd);

/// A file to keep, never shown inside our pages' origin: own name, no sniffing, sandboxed.
net::Response download(std::string content, std::string_view media_type,
                       std::string_view file_name);

}  // namespace minben::citizen
