#pragma once
// Private: what every page of an applicant starts from.
#include "casework/casework.hpp"
#include "citizen.hpp"
#include "documents/documents.hpp"
#include "identity/identity.hpp"
#include "messages/citizen.hpp"
#include "messages/common.hpp"
#include "mydata/mydata.hpp"
#include "page/case.hpp"
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

/// "assurance_too_low" leads to a stronger sign-in, with what was typed held meanwhile.
using Pages = page::PagesOf<Parts>;

// What each file of the room adds.
void add_home(Pages& pages);
void add_service(Pages& pages);
void add_eligibility(Pages& pages);
void add_sign_in(Pages& pages);
void add_sign_in_certificate(Pages& pages);
void add_sign_in_elsewhere(Pages& pages);
void add_sign_in_mobile(Pages& pages);
void add_sign_in_papers(Pages& pages);
void add_account(Pages& pages);
void add_drafts(Pages& pages);
void add_check_answers(Pages& pages);
void add_cases(Pages& pages);
void add_case(Pages& pages);
void add_consents(Pages& pages);
void add_data_requests(Pages& pages);
void add_data_request(Pages& pages);
void add_payment(Pages& pages);
void add_supplement(Pages& pages);
void add_mandate(Pages& pages);
void add_mandates(Pages& pages);
void add_messages(Pages& pages);
void add_process(Pages& pages);
void add_why(Pages& pages);
void add_usage(Pages& pages);
void add_use_questions(Pages& pages);
void add_ledger(Pages& pages);
void add_receipts(Pages& pages);

// ---- words and frames

enum class Section { services, cases, usage, consents, account, none };
/// With the navigation of the applicants' side.
Frame frame(const Visit& visit, std::string_view title, Section section = Section::none);

casework::Applicant applicant(const Visit& visit);
std::string_view state_text(Language language, casework::State state);
void state_tag(Writer& page, Language language, casework::State state);
/// The text of the package, or nothing when its author gave none.
std::optional<std::string_view> optional_text(const casework::Package& package,
                                              std::string_view key, Language language);
std::string money(Language language, std::int64_t twd);

// ---- consents

/// What was or is agreed to: purpose, from whom, to whom, which fields, how often, how long.
void consent_terms(Writer& page, const Visit& visit, const mydata::ConsentTerms& terms);

// ---- receipts

/// Entries of the ledger below this have receipts that enough witnesses have cosigned; all when it
/// has no witnesses.
ledger::Position witnessed_entries(const Parts& parts);
/// Beside a receipt of that entry: marks one that the witnesses have not come to yet.
void unwitnessed_tag(Writer& page, Language language, ledger::Position position,
                     ledger::Position witnessed);

}  // namespace minben::citizen
