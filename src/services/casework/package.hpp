#pragma once
// A service package: the files of packages/<service>/ read, checked and held as values. The format
// is described key by key in docs/packages.md.
//
// Packages are immutable and shared; all functions here are thread-safe.
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "casework/calendar.hpp"
#include "casework/case.hpp"
#include "core/core.hpp"
#include "documents/documents.hpp"
#include "forms/forms.hpp"
#include "rules/rules.hpp"

namespace minben::store {
class Database;
}

namespace minben::casework {

/// What a step of the process is to casework; see [steps.<id>] in docs/packages.md.
enum class StepKind {
  payment,  ///< waits for the fee
  fetch,    ///< gets data from registers under consent
  review,   ///< an officer's task that moves the case on, may ask for a supplement, may refuse
  opinion,  ///< an officer's task that advises whoever decides
};

struct Outcome {
  std::string code;  ///< set as process variable `outcome` when the task is done
  Bilingual title;
  bool refuses = false;  ///< takes refusal grounds and a second pair of eyes
};

/// What an agency's step does about its last day: [steps.<id>.deadline] of service.toml.
struct StepDeadline {
  enum class Breach {
    nothing,   ///< it is shown as overdue
    escalate,  ///< the agency's team leads are told, and it stays marked
    advance,   ///< `outcome` is taken as given (視為同意): silence holds nobody up
  };
  std::vector<int> reminders;  ///< working days before the last one
  Breach on_breach = Breach::nothing;
  std::string outcome;  ///< of advance
};

/// What the statutory period does about its last day: [deadline] of service.toml.
struct Deadline {
  enum class Breach {
    nothing,   ///< it is shown as overdue
    escalate,  ///< the team leads of whoever holds it are told
    approved,  ///< the application counts as approved (視為核准)
    refused,   ///< it counts as refused (擬制駁回), so that it can be appealed
  };
  std::vector<int> reminders;  ///< working days before the last one
  Breach on_breach = Breach::nothing;
  Bilingual law;       ///< of approved: the provision by which silence approves
  std::string ground;  ///< of refused
};

struct Step {
  std::string id;  ///< of the BPMN element
  StepKind kind{};
  Bilingual title;
  /// Who does it; none means the ministry that the routing rule found.
  std::optional<AgencyCode> agency;
  std::string role;       ///< of identity::role; default caseworker (review), consultant (opinion)
  int working_days = 0;   ///< allowed for this step
  StepDeadline deadline;  ///< review, opinion
  std::vector<Outcome> outcomes;   ///< review, opinion
  std::vector<std::string> items;  ///< fetch: names in data.toml
  int line = 0;                    ///< in service.toml
};

/// What reaching an end event of the process means.
struct Ending {
  std::string id;                      ///< of the BPMN end event
  State state{};                       ///< approved, refused or closed
  std::vector<std::string> documents;  ///< names in documents/*.toml to be issued
};

struct SupplementRules {
  int working_days = 10;  ///< given to the applicant unless the officer says otherwise
  int max_working_days = 30;
  int reminder_working_days = 3;   ///< before the deadline; 0: none
  State on_lapse = State::closed;  ///< closed or refused
  std::string lapse_ground;        ///< refused: the ground used
  std::vector<std::string> reasons;
};

struct RefusalGround {
  std::string code;
  Bilingual law;                ///< the provision it rests on
  bool officer_may_use = true;  ///< false: only the platform does, e.g. on a lapse
};

/// One register service from which fields are fetched: [items.<name>] of data.toml.
struct DataItem {
  std::string name;
  Bilingual title;
  AgencyCode consumer;  ///< who fetches
  AgencyCode provider;  ///< whose register
  std::string subsystem;
  std::string service;
  std::string consumer_subsystem;
  std::map<std::string, std::string> query;  ///< parameter → property, or "@national_id"
  int max_fetches = 3;
  std::map<std::string, Bilingual> fields;
  std::string purpose_code;
  Bilingual purpose;
  Bilingual legal_basis;
  int retention_days = 0;
  bool required = true;  ///< without consent the applicant is asked for a document instead
};

/// An issued document: documents/<name>.toml and [outputs.<name>].
struct OutputDocument {
  std::string name;
  AgencyCode agency;  ///< in whose name
  documents::Template form;
  std::string valid_until_text;                  ///< as written; "" = no end
  std::optional<rules::Expression> valid_until;  ///< FEEL → date
  int line = 0;                                  ///< in service.toml
};

struct Package {
  ServiceCode code;
  std::string digest;   ///< SHA-256 over all files, hex: the version a case is pinned to
  std::string version;  ///< label for people
  Bilingual title;
  Bilingual summary;
  std::vector<std::string> life_events;
  AgencyCode owner;
  std::vector<AgencyCode> agencies;
  identity::Assurance assurance{};
  bool for_companies = false;  ///< a company may apply, too, by who represents it
  int statutory_working_days = 0;
  Deadline deadline;
  int appeal_days = 30;                       ///< calendar days
  int draft_days = 30;                        ///< calendar days a draft is kept after its last save
  int payment_days = 10;                      ///< working days to pay
  std::vector<std::string> exclusive_fields;  ///< answers of which an application holds one value
  std::vector<std::string> queue_filters;     ///< pointers of choices by which officers may filter
  std::optional<forms::Form> eligibility_form;  ///< none: no check before applying
  std::optional<forms::Form> application_form;  ///< always there
  std::vector<Step> steps;  ///< in the order of service.toml, which is the timeline's
  std::vector<Ending> endings;
  SupplementRules supplements;
  std::vector<RefusalGround> grounds;
  std::vector<DataItem> items;
  std::vector<OutputDocument> outputs;
  std::map<std::string, Bilingual> texts;  ///< key → text of texts/*.toml
  std::string process_xml;                 ///< process.bpmn as it is, for bpmn-js

  [[nodiscard]] const Step* step(std::string_view id) const;
  [[nodiscard]] const DataItem* item(std::string_view name) const;
  [[nodiscard]] const RefusalGround* ground(std::string_view code) const;
  /// The text of a key in a language; the key itself when there is none, so a hole is visible.
  [[nodiscard]] std::string_view text(std::string_view key, Language language) const;

  struct Compiled;  ///< rules and process ready to run; private to casework
  std::shared_ptr<const Compiled> compiled;
};
using PackagePtr = std::shared_ptr<const Package>;

/// Files of a package: path inside the folder ("rules/fee.dmn") → content. At most 200 files and
/// 4 MiB in all.
using PackageFiles = std::map<std::string, std::string>;
Result<PackageFiles> read_package_files(const std::filesystem::path& directory);

/// The agencies a package may name.
using KnownAgencies = std::set<AgencyCode>;

/// Either a package, or every fault: each with `field` = file inside the folder, and line.
std::expected<PackagePtr, Errors> build_package(const ServiceCode& code, const PackageFiles& files,
                                                const KnownAgencies& agencies);

// ------------------------------------------------------------- tools for authors of packages

/// `minben service check DIR`: all faults, files named relative to DIR; empty when it is sound.
Errors check_package(const std::filesystem::path& directory, const KnownAgencies& agencies);

/// One file of examples/*.json or rules/*.cases.json that was played.
struct ExampleResult {
  std::string file;
  std::string title;
  Errors failures;  ///< `field` = file, code "expected", detail says expectation and finding
};

/// `minben service test DIR`: plays each example on a virtual clock against the real engine, in the
/// empty database at `database_url`. Outside parts (registers, the fee's arrival) are answered from
/// the example. `scratch` is an empty folder. Error "unknown_service" when the package is broken:
/// ask check_package what is wrong.
Result<std::vector<ExampleResult>> test_package(const std::filesystem::path& directory,
                                                const KnownAgencies& agencies,
                                                const Calendar& calendar,
                                                const std::string& database_url,
                                                const std::filesystem::path& scratch);

// ----------------------------------------------------------------------------------- serving

/// The packages being served. A version that was served once stays in the database for the cases
/// pinned to it.
class Packages {
 public:
  /// `root` holds one folder a service (folders without service.toml are passed over).
  Packages(store::Database& database, std::filesystem::path root, KnownAgencies agencies);
  ~Packages();

  /// Reads what changed on disk since the last call; cheap when nothing did. A sound package
  /// replaces the one served; a broken (or half-written) one is reported and the old version keeps
  /// serving.
  /// The faults have `field` = "<service>/<file>".
  Errors reload();

  /// Reloads on a thread of its own every `interval` until destroyed; faults are logged when they
  /// change. Once at most.
  void watch(milliseconds interval);

  [[nodiscard]] std::vector<PackagePtr> all() const;  ///< newest of each service, by code
  [[nodiscard]] Result<PackagePtr> newest(const ServiceCode& code) const;  ///< "unknown_service"
  /// Also versions no longer served; "unknown_package" when it was never served here.
  [[nodiscard]] Result<PackagePtr> by_digest(std::string_view digest) const;
  [[nodiscard]] Errors faults() const;  ///< of the last reload, for operators

 private:
  bool load_pinned() const;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::casework
