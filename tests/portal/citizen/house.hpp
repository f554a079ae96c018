#pragma once
// The applicants' side over real HTTP: casework's workbench, the site, a server, and a browser
// without script that keeps cookies and sends the forms it was shown.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "casework/workbench.hpp"
#include "citizen/citizen.hpp"
#include "identity/mandates.hpp"
#include "ledger/notices.hpp"
#include "ledger/witnessing.hpp"
#include "mydata/questions.hpp"
#include "page/page.hpp"
#include "support/database.hpp"

namespace minben::citizen {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline std::filesystem::path source(std::string_view path) {
  return std::filesystem::path(MINBEN_SOURCE_DIR) / path;
}

/// A folder that goes away with the test.
class Scratch {
 public:
  Scratch();
  ~Scratch() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Page {
  int status = 0;
  std::string body;
  std::string location;  ///< of a redirect
  net::Headers headers;
  [[nodiscard]] bool has(std::string_view text) const { return body.find(text) != body.npos; }
};

using Fields = std::vector<std::pair<std::string, std::string>>;

class Browser {
 public:
  Browser(std::string origin, net::Client& client) : origin_(std::move(origin)), client_(client) {}
  Page get(std::string_view path);
  /// Adds the token of the page that was shown last.
  Page post(std::string_view path, Fields fields);
  /// As it is, without the token, and with these header fields as well.
  Page post_as_is(std::string_view path, const Fields& fields, const Fields& headers = {});
  /// A multipart form with files.
  struct File {
    std::string field;
    std::string name;
    std::string type;
    std::string content;
  };
  Page post_files(std::string_view path, Fields fields, const std::vector<File>& files);
  /// Follows one redirect.
  Page follow(const Page& page) { return get(page.location); }
  void sign_in(const identity::SignedIn& signed_in, const std::string& cookie = "minben") {
    cookies_[cookie] = signed_in.token;
  }
  [[nodiscard]] const std::map<std::string, std::string>& cookies() const { return cookies_; }
  void set_cookie(const std::string& name, const std::string& value) { cookies_[name] = value; }
  /// Of the page that was shown last.
  [[nodiscard]] const std::string& token() const { return token_; }

 private:
  Page send(net::ClientRequest request);
  std::string origin_;
  net::Client& client_;
  std::map<std::string, std::string> cookies_;
  std::string token_;
};

/// The gold card served to applicants; Monday 2 March 2026, 09:00 in Taiwan.
class House : public testing::Test {
 protected:
  House();
  ~House() override;

  casework::Casework& casework() { return world_->casework(); }
  Browser browser() { return {origin(), client_}; }
  /// A signed-in applicant with a browser of their own.
  Browser browser_of(const casework::Applicant& applicant);
  [[nodiscard]] std::string origin() const {
    return "http://localhost:" + std::to_string(server_->port());
  }

  /// Adds this witness's cosignature to what the ledger shows.
  void cosign(const std::string& witness, Instant at);

  Scratch scratch_;
  test::TestDatabase database_{test::TestDatabase::system_clock(),
                               {casework::all_migrations(), page::migrations()}};
  SystemRandom random_;
  std::unique_ptr<casework::Workbench> world_;
  std::unique_ptr<ledger::Witnessing> witnessing_;  ///< nia and wda, both needed
  std::unique_ptr<ledger::Notices> notices_;
  std::unique_ptr<ledger::Commitments> commitments_;
  std::unique_ptr<mydata::Questions> questions_;
  std::vector<identity::Represented> wards_;  ///< whose guardian anybody is; tests fill it
  std::unique_ptr<identity::Mandates> mandates_;
  std::unique_ptr<page::Site> site_;
  std::vector<net::Route> routes_;
  std::unique_ptr<net::Server> server_;
  net::Client client_{net::ClientConfig{}};
};

}  // namespace minben::citizen
