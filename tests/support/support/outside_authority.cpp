#include "support/outside_authority.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/port.hpp"

namespace minben::test {

namespace {

constexpr const char* configuration = R"(
[ca]
default_ca = issuing
[issuing]
dir = .
database = $dir/index.txt
new_certs_dir = $dir/issued
certificate = $dir/issuing.pem
private_key = $dir/issuing.key.pem
rand_serial = yes
unique_subject = no
default_md = sha384
default_days = 90
default_crl_days = 7
policy = anything
copy_extensions = copy
[above]
database = ./above.txt
new_certs_dir = ./issued
certificate = ./root.pem
private_key = ./root.key.pem
rand_serial = yes
default_md = sha256
policy = anything
[anything]
countryName = optional
organizationName = optional
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[tls]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
authorityInfoAccess = OCSP;URI:@URL@
[server_only]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[seal]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
authorityInfoAccess = OCSP;URI:@URL@
[responder]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
)";

}  // namespace

OutsideAuthorityProgram::OutsideAuthorityProgram() : port_(free_port()) {
  std::string text = configuration;
  for (auto at = text.find("@URL@"); at != text.npos; at = text.find("@URL@"))
    text.replace(at, 5, url());
  std::ofstream(folder() / "openssl.cnf") << text;
  std::ofstream(folder() / "index.txt").flush();
  std::ofstream(folder() / "above.txt").flush();
  std::filesystem::create_directory(folder() / "issued");
  run("openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key.pem -out root.pem -days 3650 "
      "-subj '/C=TW/O=Outside/CN=Outside Root' -config openssl.cnf -extensions authority");
  run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout issuing.key.pem "
      "-out issuing.csr -subj '/C=TW/O=Outside/CN=Outside Issuing' -config openssl.cnf");
  // From long ago on, so that tests may look at answers with earlier clocks.
  constexpr const char* times = "-startdate 20200101000000Z -enddate 20400101000000Z";
  run(
      fmt::format("openssl ca -batch -notext -config openssl.cnf -name above {} -in issuing.csr "
                  "-out issuing.pem -extensions authority",
                  times));
  run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout responder.key.pem "
      "-out responder.csr -subj '/C=TW/O=Outside/CN=Outside Responder' -config openssl.cnf");
  run(
      fmt::format("openssl ca -batch -notext -config openssl.cnf {} -in responder.csr "
                  "-out responder.pem -extensions responder",
                  times));
}

void OutsideAuthorityProgram::run(const std::string& command) const {
  const std::string all = fmt::format("cd '{}' && {} >>log 2>&1", folder().string(), command);
  EXPECT_EQ(std::system(all.c_str()), 0) << command << "\n" << file("log");
}

std::string OutsideAuthorityProgram::file(const std::string& name) const {
  return read_file(folder() / name);
}

std::string OutsideAuthorityProgram::url() const {
  return fmt::format("http://127.0.0.1:{}", port_);
}

std::string OutsideAuthorityProgram::sign(const std::string& request, const std::string& section) {
  const std::string name = fmt::format("leaf{}", ++issued_);
  std::ofstream(folder() / (name + ".csr")) << request;
  run(
      fmt::format("openssl ca -batch -notext -config openssl.cnf -in {}.csr -out {}.pem "
                  "-extensions {}",
                  name, name, section));
  return file(name + ".pem") + issuing();
}

void OutsideAuthorityProgram::revoke(const std::string& certificate, const std::string& reason) {
  std::ofstream(folder() / "revoked.pem") << certificate;
  // A running responder sees by whole seconds that its books have changed.
  run("sleep 1.1 && openssl ca -config openssl.cnf -revoke revoked.pem -crl_reason " + reason);
  // And it looks before it waits for a question, so that the next answer is still of the old ones.
  if (responder_ > 0)
    run(fmt::format("openssl ocsp -issuer issuing.pem -cert revoked.pem -noverify -url {}", url()));
}

std::string OutsideAuthorityProgram::revocation_list() {
  run("{ test -e crlnumber || echo 01 > crlnumber; } && "
      "sed 's/^default_crl_days/crlnumber = $dir\\/crlnumber\\n&/' openssl.cnf > crl.cnf && "
      "openssl ca -config crl.cnf -gencrl -out crl.pem");
  return file("crl.pem");
}

void OutsideAuthorityProgram::start_responder(bool delegated) {
  const std::string signer = delegated ? "responder" : "issuing";
  const std::string at = folder().string() + "/";
  const std::string port = std::to_string(port_);
  const std::string certificate = at + signer + ".pem";
  const std::string key = at + signer + ".key.pem";
  const std::string index = at + "index.txt";
  const std::string issuer = at + "issuing.pem";
  const char* arguments[] = {
      "openssl",    "ocsp",      "-index",       index.c_str(), "-port",
      port.c_str(), "-CA",       issuer.c_str(), "-rsigner",    certificate.c_str(),
      "-rkey",      key.c_str(), "-nmin",        "60",          nullptr};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  const std::string log = at + "responder.log";
  std::filesystem::remove(log);
  for (const int fd : {1, 2})
    posix_spawn_file_actions_addopen(&quiet, fd, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ASSERT_EQ(::posix_spawnp(&responder_, "openssl", &quiet, nullptr,
                           const_cast<char* const*>(arguments), environ),
            0);
  posix_spawn_file_actions_destroy(&quiet);
  // A connection to try it would keep it waiting for a question for ever.
  const auto listens = [&] { return read_file(log).find("waiting for") != std::string::npos; };
  for (int i = 0; i < 100 && !listens(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_TRUE(listens()) << read_file(log);
}

void OutsideAuthorityProgram::stop_responder() {
  if (responder_ <= 0) return;
  ::kill(responder_, SIGKILL);
  ::waitpid(responder_, nullptr, 0);
  responder_ = 0;
}

std::string OutsideAuthorityProgram::answer(const std::string& certificate,
                                            const std::string& signer) {
  std::ofstream(folder() / "asked.pem") << certificate;
  run("openssl ocsp -issuer issuing.pem -cert asked.pem -no_nonce -reqout question.der");
  run(
      fmt::format("openssl ocsp -index index.txt -CA issuing.pem -rsigner {}.pem -rkey {}.key.pem "
                  "-nmin 60 -reqin question.der -respout answer.der",
                  signer, signer));
  return file("answer.der");
}

}  // namespace minben::test
