"Package metadata is read from settings.ini, which nbdev and setuptools share."
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
config = ConfigParser(delimiters=["="])
config.read(here/"settings.ini", encoding="utf-8")
cfg = config["DEFAULT"]
status = {"1": "1 - Planning", "2": "2 - Pre-Alpha", "3": "3 - Alpha", "4": "4 - Beta", "5": "5 - Production/Stable"}[cfg["status"]]
readme = (here/"README.md").read_text(encoding="utf-8").replace("](nbs/images/", f"]({cfg['git_url'].replace('github.com', 'raw.githubusercontent.com')}/{cfg['branch']}/nbs/images/")
readme = readme.replace("](nbs/", f"]({cfg['git_url']}/blob/{cfg['branch']}/nbs/")  # a package index knows no relative links
extras = {name.removesuffix("_requirements"): value.split() for name, value in cfg.items() if name.endswith("_requirements")}

setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    long_description=readme,
    long_description_content_type="text/markdown",
    author=cfg["author"],
    author_email=cfg["author_email"],
    url=cfg["git_url"],
    license="Apache-2.0",
    keywords=cfg["keywords"].split(),
    classifiers=[f"Development Status :: {status}", f"Intended Audience :: {cfg['audience']}",
                 "Programming Language :: Python :: 3", *(f"Programming Language :: Python :: 3.{minor}" for minor in range(11, 15)),
                 "Operating System :: OS Independent", "Typing :: Typed", "Topic :: Scientific/Engineering :: Image Recognition"],
    packages=[*find_packages(include=["biotrove_fe", "biotrove_fe.*"]), "biotrove_fe.templates"],
    package_data={"biotrove_fe": ["py.typed"], "biotrove_fe.templates": ["*.html", "*.css", "*.js"]},
    python_requires=f">={cfg['min_python']}",
    install_requires=cfg["requirements"].split(),
    extras_require=extras,
    entry_points={"console_scripts": cfg["console_scripts"].split(), "nbdev": [f"{cfg['lib_name']}={cfg['lib_name']}._modidx:d"]},
    zip_safe=False,
)
