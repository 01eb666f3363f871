#include "hash/pca.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <string>
#include <vector>

#include "base/try.h"
#include "hash/orthogonal.h"

// LAPACK, in OpenBLAS: eigenvalues `first`..`last` (from 1, rising) and eigenvectors of a symmetric
// tridiagonal matrix by relatively robust representations (Dhillon and Parlett 2004).
extern "C" void dstemr_(const char* job, const char* range, const int* n, double* diagonal,
                        double* subdiagonal, const double* lower, const double* upper,
                        const int* first, const int* last, int* found, double* values,
                        double* vectors, const int* stride, const int* columns, int* support,
                        int* try_relative, double* work, const int* work_size, int* int_work,
                        const int* int_work_size, int* info);

namespace hashlens {
namespace {

// Variance below this part of the squared length, or of the largest variance, is what float
// rounding leaves.
constexpr double kNoiseOfLength = 1e-12;
constexpr double kNoiseOfVariance = 1e-7;

struct Spectrum {
  Eigen::VectorXd values;   // rising
  Eigen::MatrixXd vectors;  // column by column
};

Result<Spectrum> LargestOfTridiagonal(Eigen::VectorXd diagonal, const Eigen::VectorXd& below,
                                      int count) {
  const int n = static_cast<int>(diagonal.size());
  Eigen::VectorXd subdiagonal = Eigen::VectorXd::Zero(n);  // dstemr uses the last element as room
  subdiagonal.head(n - 1) = below;
  Spectrum largest{Eigen::VectorXd(n), Eigen::MatrixXd(n, count)};
  const int first = n - count + 1;
  const double unused = 0;
  int found = 0, info = 0, try_relative = 1;
  std::vector<int> support(2 * static_cast<size_t>(count));
  std::vector<double> work(18 * static_cast<size_t>(n));
  std::vector<int> int_work(10 * static_cast<size_t>(n));
  const int work_size = static_cast<int>(work.size());
  const int int_work_size = static_cast<int>(int_work.size());
  dstemr_("V", "I", &n, diagonal.data(), subdiagonal.data(), &unused, &unused, &first, &n, &found,
          largest.values.data(), largest.vectors.data(), &n, &count, support.data(), &try_relative,
          work.data(), &work_size, int_work.data(), &int_work_size, &info);
  if (info != 0 || found != count) {
    return InvalidArgument(
        "the principal components of these features can't be computed (dstemr: " +
        std::to_string(info) + ")");
  }
  largest.values.conservativeResize(count);
  return largest;
}

}  // namespace

Result<Components> PrincipalComponents(Moments* moments, int count, Random* random) {
  const Eigen::Index dim = moments->covariance.rows();
  // LAPACK's own dsytrd sums in an order that depends on the number of threads; Eigen's does not.
  const Eigen::Tridiagonalization<Eigen::MatrixXd> reduced(moments->covariance);
  moments->covariance.resize(0, 0);
  HL_ASSIGN(Spectrum largest,
            LargestOfTridiagonal(reduced.diagonal(), reduced.subDiagonal(), count));
  const Eigen::MatrixXd vectors = reduced.matrixQ() * largest.vectors;

  Components components{RowMatrix(count, dim), Eigen::VectorXd::Zero(count)};
  const double noise = std::max(kNoiseOfLength * moments->mean_squared_length,
                                kNoiseOfVariance * largest.values[count - 1]);
  Eigen::Index rank = 0;
  for (; rank < count && largest.values[count - 1 - rank] > noise; ++rank) {
    auto row = components.basis.row(rank);
    row = vectors.col(count - 1 - rank).transpose();
    Eigen::Index peak = 0;
    row.cwiseAbs().maxCoeff(&peak);
    if (row[peak] < 0) row = -row;
    components.variance[rank] = largest.values[count - 1 - rank];
  }
  CompleteOrthonormalRows(rank, random, &components.basis);
  return components;
}

}  // namespace hashlens
