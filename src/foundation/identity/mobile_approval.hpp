#pragma once
// Mobile approval (行動身分識別): a person approves a sign-in on their phone, with a key that the
// state's authority certified. We are a service provider of TW FidO (MOI_CA_DEV_API v2.9, as far as
// public sources show it): ATH-01 getSpTicket, ATH-02 getAthOrSignResult, ATH-03
// requestAthOrSignPush, and, before an approval counts, LF-01 checkDeviceStatus: the phone is still
// the registered one.
//
// What protects people from approving what others asked for: a number that browser and phone both
// show, few requests for a person, one at a time, and a result that only the browser which asked
// can use, once, for exactly what was signed. Whether somebody has a registered phone is told to
// nobody: a request that cannot reach one waits and expires like one that nobody looks at.
#include "identity/identity.hpp"
#include "identity/register_check.hpp"
#include "identity/revocation_sources.hpp"

namespace minben::identity {

struct MobileApprovalConfig {
  std::string url;                 ///< of the service: "https://fido.moi.gov.tw"; "" = not offered
  std::string provider;            ///< sp_service_id
  Bytes secret;                    ///< 32 bytes, shared with the service, for sp_checksum
  std::vector<std::string> roots;  ///< PEM, one each, that people's certificates chain to
  std::vector<std::string> intermediates{};
  RevocationSources revocation{};  ///< of people's certificates; empty = nobody is asked
  std::string app_link = "mobilemoica://moica.moi.gov.tw/a2a/verifySign";
  std::string origin;  ///< of the platform, part of what is signed
  std::string platform_name = "Minben";
  std::filesystem::path server_ca{};  ///< PEM; for https
  seconds time_limit{180};            ///< 30 to 600
  int pushes_per_person_per_hour = 3;
  int refusals_per_person_per_day = 2;  ///< then no more pushes on that day
  int starts_per_network_per_hour = 60;
};

enum class ApprovalMode {
  push,  ///< PUSH: shown on the phone of the national id
  scan,  ///< I-SCAN: a QR code to scan
  link,  ///< MWEB2APP: a link that opens the app on the same phone
};

struct ApprovalWish {
  ApprovalMode mode = ApprovalMode::push;
  std::string national_id{};  ///< with push
  std::string_view browser;   ///< a secret that only this browser has, at least 16 bytes
  std::string_view network;   ///< remote address; kept only as a keyed hash
};

enum class ApprovalState {
  waiting,
  seen,      ///< somebody has it on the screen
  approved,  ///< finish() signs in, or first_use() binds
  refused,   ///< by the person
  expired,
  unusable,    ///< what came back does not prove what was asked; never tried again
  unreachable  ///< the service does not answer now; ask again
};

/// What a page shows of the request of its browser.
struct Approval {
  ApprovalMode mode = ApprovalMode::push;
  ApprovalState state = ApprovalState::waiting;
  int number = 0;    ///< two digits, shown on the phone too
  std::string link;  ///< what a QR code holds, or the address that opens the app; "" for push
  Instant expires_at{};
};

/// Who approved, by the certificate.
struct Approver {
  std::string issuer;     ///< RFC 2253
  std::string subject;    ///< serialNumber of the subject: stays when phone and key change
  std::string name;       ///< common name
  std::string last_four;  ///< of the national id
  std::string device;     ///< hex SHA-256 of the key (SubjectPublicKeyInfo): this phone's
};

/// The service's answer to ATH-02.
struct ApprovalAnswer {
  std::string code;  ///< error_code: "0", "20002", …
  Bytes signature;
  Bytes certificate;        ///< DER
  std::string national_id;  ///< whom the service says it was
};
/// invalid "not_an_approval".
Result<ApprovalAnswer> read_approval_answer(std::string_view body);
/// That the signature is over `data`, by the key of a certificate for signatures that chains to a
/// root at `now`; RSA from 2048 bits (PKCS #1 v1.5) or P-256, SHA-256. Errors (forbidden):
/// "bad_signature", "untrusted_certificate", "certificate_expired", "certificate_revoked",
/// "issuer_revoked", "other_usage", "nameless"; unavailable "revocation_unknown". Thread-safe, pure
/// but for the sources of revocation.
Result<Approver> check_approval(const ApprovalAnswer& answer, std::string_view data,
                                const MobileApprovalConfig& config, Instant now);

/// Thread-safe. What it calls on the network takes at most five seconds.
class MobileApproval {
 public:
  /// All outlive it.
  struct Parts {
    Identity& identity;
    store::Database& database;
    const Clock& clock;
    Random& random;
    const keys::Keys& keys;
    RegisterCheck registers;
  };
  /// Asserts that the secret has 32 bytes and the time limit is one that the service takes.
  MobileApproval(Parts parts, MobileApprovalConfig config);
  ~MobileApproval();

  /// Takes the place of an earlier request of this browser. Errors: invalid "national_id"; too_many
  /// "too_many_approvals" (person or network); conflict "approval_open" (another browser has asked
  /// the same person and still waits); unavailable "approval_unavailable". All but the last two are
  /// the same for people who have no phone, or do not exist.
  Result<void> start(const ApprovalWish& wish);
  /// Asks the service, at most every four seconds. not_found "no_approval" when this browser has
  /// none, or it was used.
  Result<Approval> look(std::string_view browser);
  /// Once, after `approved`: signs in whom it is bound to. unauthorised "not_bound" when
  /// first_use() is needed: then it may still be used there. Errors: those of look(); conflict
  /// "not_approved".
  Result<SignedIn> finish(std::string_view browser, const Client& client);
  /// Binds the approver to the account of the person whom the household register names, after it
  /// confirmed national id and household number and the certificate has that name. Errors: those of
  /// finish(), RegisterCheck and Identity::bind(); unauthorised "no_match", also when names differ;
  /// too_many "too_many_tries" after five wrong ones on a day.
  /// `language`: of an account that is made now.
  Result<SignedIn> first_use(std::string_view browser, std::string_view household_number,
                             const Client& client, const Session* own,
                             Language language = Language::zh_hant);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::identity
