// Files with secrets, tokens on their way, and certificates of one's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <memory>

#include "client/certificates.h"
#include "client/files.h"
#include "proto/wire/channel.h"
#include "proto/wire/secret_file.h"
#include "tests/client/temp_dir.h"

namespace ff::client {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::Now();

TEST(SecretFile, IsWrittenForItsOwnerAloneAndRefusedWhereOthersCanRead) {
  const TempDir dir;
  const std::string path = dir / "token";
  ASSERT_TRUE(WriteSecretFile(path, "ff_secret\n").ok());
  struct stat file = {};
  ASSERT_EQ(stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  EXPECT_EQ(*wire::ReadSecretFile(path), "ff_secret\n");
  for (const mode_t mode : {0640, 0604, 0620, 0601}) {
    chmod(path.c_str(), mode);
    const absl::Status refused = wire::ReadSecretFile(path).status();
    EXPECT_TRUE(absl::IsPermissionDenied(refused)) << mode;
    EXPECT_THAT(refused.message(), HasSubstr("chmod 600"));
  }
}

TEST(TokenFile, TakesUpANewTokenAndSurvivesAnAbsentFile) {
  const TempDir dir;
  const std::string path = dir / "token";
  EXPECT_TRUE(absl::IsNotFound(wire::TokenFile::Open(path).status()));
  ASSERT_TRUE(WriteSecretFile(path, "  \n").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(wire::TokenFile::Open(path).status()));
  ASSERT_TRUE(WriteSecretFile(path, "first\n").ok());
  const auto token = *wire::TokenFile::Open(path);
  EXPECT_EQ(token->Get(), "first");
  ASSERT_TRUE(WriteSecretFile(path, "second\n").ok());
  EXPECT_EQ(token->Get(), "second");
  ASSERT_EQ(unlink(path.c_str()), 0);
  EXPECT_EQ(token->Get(), "second");
}

TEST(CheckDialing, NoTokenTravelsInTheClear) {
  wire::Dialing dialing;
  dialing.token = [] { return std::string("ff_secret"); };
  for (const char* here : {"unix:/x.sock", "127.0.0.1:7410", "localhost:7410", "[::1]:7410"}) {
    EXPECT_TRUE(wire::CheckDialing(here, dialing).ok()) << here;
  }
  EXPECT_THAT(wire::CheckDialing("lab:7410", dialing).message(), HasSubstr("in the clear"));
  dialing.tls = true;
  EXPECT_TRUE(wire::CheckDialing("lab:7410", dialing).ok());
  EXPECT_TRUE(wire::CheckDialing("lab:7410", {}).ok());
}

std::unique_ptr<X509, void (*)(X509*)> Read(const std::string& pem) {
  BIO* const memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* const certificate = PEM_read_bio_X509(memory, nullptr, nullptr, nullptr);
  BIO_free(memory);
  return {certificate, X509_free};
}

TEST(Certificates, ServersAndWorkersAreForTheirUseAndNamesAlone) {
  const auto authority = MakeAuthority("test", kNow, absl::Hours(24));
  ASSERT_TRUE(authority.ok()) << authority.status();
  const auto server = IssueCertificate(*authority, CertificateUse::kServer,
                                       {"lab.example", "10.0.0.5"}, kNow, absl::Hours(1));
  ASSERT_TRUE(server.ok()) << server.status();
  const auto worker =
      IssueCertificate(*authority, CertificateUse::kWorker, {"node7"}, kNow, absl::Hours(1));
  ASSERT_TRUE(worker.ok()) << worker.status();
  const auto of_server = Read(server->certificate), of_worker = Read(worker->certificate);
  ASSERT_TRUE(of_server != nullptr && of_worker != nullptr);
  EXPECT_EQ(X509_check_purpose(of_server.get(), X509_PURPOSE_SSL_SERVER, 0), 1);
  EXPECT_EQ(X509_check_purpose(of_server.get(), X509_PURPOSE_SSL_CLIENT, 0), 0);
  EXPECT_EQ(X509_check_purpose(of_worker.get(), X509_PURPOSE_SSL_CLIENT, 0), 1);
  EXPECT_EQ(X509_check_purpose(of_worker.get(), X509_PURPOSE_SSL_SERVER, 0), 0);
  EXPECT_EQ(X509_check_host(of_server.get(), "lab.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(of_server.get(), "evil.example", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(of_server.get(), "10.0.0.5", 0), 1);
  const auto of_authority = Read(authority->certificate);
  EVP_PKEY* const key = X509_get0_pubkey(of_authority.get());
  EXPECT_EQ(X509_verify(of_server.get(), key), 1);
  EXPECT_EQ(X509_verify(of_worker.get(), key), 1);
}

TEST(Certificates, AnAuthoritysPartsMustBelongTogether) {
  const auto one = MakeAuthority("one", kNow, absl::Hours(24));
  const auto two = MakeAuthority("two", kNow, absl::Hours(24));
  const KeyPair mixed = {one->certificate, two->key};
  EXPECT_TRUE(absl::IsInvalidArgument(
      IssueCertificate(mixed, CertificateUse::kWorker, {"node7"}, kNow, absl::Hours(1)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      IssueCertificate(*one, CertificateUse::kServer, {}, kNow, absl::Hours(1)).status()));
}

}  // namespace
}  // namespace ff::client
