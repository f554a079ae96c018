#pragma once
// The whole of casework in a small world: real database, real rooms, a virtual clock, registers
// that answer from a table. For `minben service test`, simulations and tests; never for serving.
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "casework/casework.hpp"
#include "documents/documents.hpp"
#include "identity/identity.hpp"
#include "ledger/commitments.hpp"
#include "mydata/mydata.hpp"
#include "payments/payments.hpp"

namespace minben::casework {

/// Not thread-safe as a whole; the rooms in it are.
class Workbench {
 public:
  struct Config {
    std::string database_url;        ///< of an empty database
    std::filesystem::path scratch;   ///< folder for the ledger
    std::filesystem::path packages;  ///< root: one folder a service
    KnownAgencies agencies;
    Instant start{};
  };

  static Result<std::unique_ptr<Workbench>> open(const Config& config, const Calendar& calendar);
  ~Workbench();

  VirtualClock& clock();
  store::Database& database();
  Packages& packages();
  Casework& casework();
  const keys::Keys& keys();
  identity::Identity& identity();
  mydata::MyData& mydata();
  payments::Payments& payments();
  documents::Documents& documents();
  ledger::Logs& logs();

  /// A person with the assurance `substantial`.
  Result<Applicant> new_applicant(std::string_view name, std::string_view national_id = {});
  /// The same officer for the same agency and number; all roles of casework. Number 2 is another
  /// person, for the second pair of eyes.
  Result<Officer> officer(const AgencyCode& agency, int number = 1);
  /// What a register answers from now on; an Error makes it fail. Key "provider/subsystem/service".
  void set_register(const std::string& key, Result<Json> answer);
  /// The case's fee arrives, as a collecting agent reports it.
  Result<void> pay(CaseId id);
  /// An upload of the applicant; its id as text.
  Result<std::string> upload(const Applicant& applicant, std::string_view property,
                             std::string_view kind, std::string_view label);
  /// Runs everything that is due now, also what that makes due.
  Result<void> run_due();
  /// Moves the clock day by day (09:00 in Taiwan) up to `date`, running what falls due on the way.
  Result<void> advance_to(Date date);
  /// Mails that were sent so far.
  [[nodiscard]] const std::vector<identity::OutgoingMail>& mails() const;

  struct Impl;

 private:
  explicit Workbench(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::casework
