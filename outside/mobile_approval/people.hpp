#pragma once
// People with a phone: the keys on their phones, and the authority that certified them.
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "support/journal.hpp"

namespace outside::approval {

/// What is on their papers, so that somebody who tries the country can play them.
struct Person {
  std::string number;  ///< national id
  std::string name;
  std::string household_number;
  std::string health_card;
};

struct Signature {
  Bytes bytes;
  Bytes certificate;  ///< DER
};

/// Keys are made at first use: RSA of 2048 bits or P-256, as the last digit of the number is odd or
/// even, kept below the directory (mode 0600) with their certificates. authority.pem there is the
/// root. Thread-safe.
class People {
 public:
  /// `file`: JSON lines {"number", "name", "household_number", "health_card"}.
  static Result<std::unique_ptr<People>> open(const std::filesystem::path& file,
                                              const std::filesystem::path& directory,
                                              const Clock& clock);
  ~People();

  [[nodiscard]] const Person* find(std::string_view number) const;
  /// The first ones whose number or name begins so.
  [[nodiscard]] std::vector<Person> search(std::string_view text, std::size_t limit) const;
  [[nodiscard]] bool has_phone(std::string_view number) const;
  /// Lost, or registered anew, with a new key; survives SIGKILL.
  Result<void> set_phone(const std::string& number, bool registered);
  /// CertificateList (DER) of now, for a day: the certificates of phones that were lost or changed.
  [[nodiscard]] Bytes list() const;
  /// With the person's key, by SHA-256: PKCS #1 v1.5, or ECDSA in DER.
  Result<Signature> sign(const Person& person, std::string_view data);

 private:
  struct Keys;
  People();
  Result<void> load(const std::filesystem::path& file);

  std::map<std::string, Person, std::less<>> people_;
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> lost_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Keys> keys_;
};

}  // namespace outside::approval
