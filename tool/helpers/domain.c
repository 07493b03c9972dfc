/* SPDX-License-Identifier: BSD-3-Clause */
#include <tactus/pipeline.h>

int main(int argc, char **argv)
{
    return tactus_domain_main(argc, argv);
}
